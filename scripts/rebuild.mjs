/**
 * Times the rebuild of a ledger from a million looks, and what it keeps in memory (bench/rebuild).
 *
 *     npm run rebuild -- [--looks N] [--rounds N] [--save]
 */
import { runSource } from "./run-source.mjs"

await runSource("bench/rebuild/main.ts")
