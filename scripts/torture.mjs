/**
 * Tortures histories in SQLite files (test/torture): writers are killed, the disk is full, files are cut, bits are flipped, and processes share
 * one file.
 *
 *     npm run torture -- crash|full|truncate|flip|share [--rounds N] [--seed S]
 *
 * `--rounds` is how much is done: kills, lengths of the log, flips, looks that each process appends. The same seed gives the same looks, files and
 * damage; without one the clock chooses. Exits with 1 when something does not hold.
 */
import { runSource } from "./run-source.mjs"

await runSource("test/torture/main.ts")
