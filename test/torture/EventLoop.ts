/** How long the event loop stands still, from the moment of asking on: a monitor of Node's leaves out what began before its first turn. */
import { setTimeout } from "node:timers/promises"

/** Watches the event loop. What is returned stops it, and gives the longest time between two turns, in milliseconds. */
export const watch = (): (() => Promise<number>) => {
  let [last, longest] = [performance.now(), 0]
  const turn = (): void => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  const timer = setInterval(turn, 1)
  return async () => {
    await setTimeout(1)
    turn()
    clearInterval(timer)
    return longest
  }
}
