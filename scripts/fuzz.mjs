/**
 * Fuzzes the gate: makes bodies from a seed, decodes each, and checks what must hold of whatever comes out (test/fuzz).
 *
 *     npm run fuzz -- [--seed N] [--bodies N] [--seconds N]
 *
 * The same seed gives the same bodies; without one the clock chooses. Exits with 1 when a law is broken.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "esbuild"

const root = fileURLToPath(new URL("..", import.meta.url))

/** Modules find their fixtures beside themselves, not beside the bundle. */
const ownUrls = {
  name: "own-urls",
  setup: ({ onLoad }) =>
    onLoad({ filter: /[/\\]test[/\\].*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href)),
      loader: "ts",
    })),
}

/** The bundle leaves nothing behind, however the run ends. */
const load = async () => {
  const temporary = await mkdtemp(join(tmpdir(), "zoo-runway-fuzz-"))
  try {
    const outfile = join(temporary, "fuzz.mjs")
    await build({
      absWorkingDir: root,
      entryPoints: [join(root, "test/fuzz/main.ts")],
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      plugins: [ownUrls],
      logLevel: "warning",
    })
    return await import(pathToFileURL(outfile).href)
  } finally {
    await rm(temporary, { recursive: true })
  }
}

const { main } = await load()
main()
