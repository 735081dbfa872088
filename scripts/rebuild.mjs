/**
 * Times the fold of a ledger over a million snapshots, and measures what it holds in memory (bench/rebuild).
 *
 *     npm run rebuild -- [--snapshots N] [--rounds N] [--save]
 */
import { runSource } from "./run-source.mjs"

await runSource("bench/rebuild/main.ts")
