/**
 * Tortures histories in SQLite files (test/torture): processes are killed, the disk is full, files are cut, bits are flipped, processes share one
 * file, and the file vanishes under them.
 *
 *     npm run torture -- crash|full|truncate|flip|share|vanish [--rounds N] [--seed S]
 *
 * `--rounds` is how much is done: kills, full disks, lengths of the log, flips, snapshots that each process appends, times that the file vanishes.
 * The same seed gives the same snapshots, files and damage; without one the clock chooses. Exits with 1 when something does not hold.
 */
import { runSource } from "./run-source.mjs"

await runSource("test/torture/main.ts")
