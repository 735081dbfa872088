/**
 * Shows how calm the client stays where part of the world hangs or says that there are too many calls (test/load), against a server on loopback.
 *
 *     npm run load
 *
 * Prints what came of each load beside its limit. Exits with 1 where one is missed.
 */
import { runSource } from "./run-source.mjs"

await runSource("test/load/main.ts")
