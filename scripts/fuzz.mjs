/**
 * Fuzzes the gate: makes bodies from a seed, decodes each, and checks what must hold of whatever comes out (test/fuzz).
 *
 *     npm run fuzz -- [--seed N] [--bodies N] [--seconds N]
 *
 * The same seed gives the same bodies; without one the clock chooses. Exits with 1 when a law is broken.
 */
import { runSource } from "./run-source.mjs"

await runSource("test/fuzz/main.ts")
