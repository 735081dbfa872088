/**
 * Plays the matrix of faults (test/faults) and writes what came of it to docs/faults.md. Exits with 1, and writes nothing, when a fault
 * does not come to what it should.
 *
 *     npm run faults
 */
import { runSource } from "./run-source.mjs"

await runSource("test/faults/main.ts")
