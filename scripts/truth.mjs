/**
 * Holds the ledger and the series of usage against simulated accounts whose truth is known to the cent (test/truth).
 *
 *     npm run truth -- [--accounts N] [--seed S] [--account K]
 *
 * The same seed gives the same accounts; without one the clock chooses. `--account` shows one of them, its truth beside its
 * ledger. Exits with 1 when a law is broken.
 */
import { runSource } from "./run-source.mjs"

await runSource("test/truth/main.ts")
