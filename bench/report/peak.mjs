/** Loaded before a program, this writes the peak of its memory (kB) to stderr when it ends. */
import { readFileSync } from "node:fs"

process.on("exit", () => {
  let peak = process.resourceUsage().maxRSS
  try {
    // `maxRSS` of a process that was spawned may be its parent's.
    peak = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? peak)
  } catch {
    // Only Linux has it.
  }
  process.stderr.write(`\npeak ${peak} kB\n`)
})
