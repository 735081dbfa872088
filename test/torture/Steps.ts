/** In which portions snapshots are given to a store: one by one and in batches, some late, some twice. Each portion is an append of its own. */
import { Random } from "../fuzz/Random.js"

/** The indices of snapshots that are given together. */
export type Step = ReadonlyArray<number>

const MOST_TOGETHER = 40

/** Every index below `count` at least once, as a seed says. */
export const mixed = (seed: number, count: number): ReadonlyArray<Step> => {
  const random = new Random(seed, 1)
  const steps: Array<Step> = []
  const heldBack: Array<number> = []
  let next = 0
  while (next < count || heldBack.length > 0) {
    const size = random.chance(0.7) ? 1 : random.between(2, MOST_TOGETHER)
    const step: Array<number> = []
    while (step.length < size && next < count) {
      if (random.chance(0.12)) heldBack.push(next++)
      else step.push(next++)
    }
    const isLate = next >= count || random.chance(0.15)
    if (isLate) step.push(...heldBack.splice(random.below(heldBack.length), random.between(1, MOST_TOGETHER)))
    if (next > 0 && random.chance(0.03)) step.push(random.below(next))
    if (step.length > 1 && random.chance(0.3)) step.reverse()
    if (step.length > 0) steps.push(step)
  }
  return steps
}

/** Given indices, each once, in portions: mostly one, at times up to `most`; a little out of order where `isShuffled`. */
export const portions = (
  seed: number,
  indices: ReadonlyArray<number>,
  most: number,
  isShuffled: boolean,
): ReadonlyArray<Step> => {
  const random = new Random(seed, 2)
  const order = [...indices]
  for (let index = 0; isShuffled && index + 1 < order.length; index++) {
    const other = Math.min(order.length - 1, index + random.below(8))
    const [one, two] = [order[index] as number, order[other] as number]
    order[index] = two
    order[other] = one
  }
  const steps: Array<Step> = []
  for (let from = 0; from < order.length; ) {
    const size = random.chance(0.8) ? 1 : random.between(1, most)
    steps.push(order.slice(from, from + size))
    from += size
  }
  return steps
}
