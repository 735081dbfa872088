/**
 * Holds the ledger and the series of usage against simulated accounts whose truth is known to the cent (test/truth).
 *
 *     npm run truth -- [--accounts N] [--seed S] [--account K] [--without NAME]…
 *
 * The same seed gives the same accounts; without one the clock chooses. `--account` shows one of them, its truth beside its
 * ledger. `--without` leaves out accounts of a kind (test/truth/Scenario.ts names them). Exits with 1 when a law is broken.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "esbuild"

const root = fileURLToPath(new URL("..", import.meta.url))
const temporary = await mkdtemp(join(tmpdir(), "zoo-runway-truth-"))
try {
  const outfile = join(temporary, "truth.mjs")
  await build({
    absWorkingDir: root,
    entryPoints: [join(root, "test/truth/main.ts")],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: "inline",
    logLevel: "warning",
  })
  await import(pathToFileURL(outfile).href)
} finally {
  await rm(temporary, { recursive: true })
}
