/** Runs TypeScript of this repository: bundles it, imports the bundle, and leaves nothing behind, however the run ends. */
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "esbuild"
import { nativeDrivers } from "./native-drivers.mjs"

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

/** Calls `main` of a module, named from the root of the repository. */
export const runSource = async (entry) => {
  const temporary = await mkdtemp(join(tmpdir(), "zoo-runway-"))
  const load = async () => {
    const outfile = join(temporary, "main.mjs")
    await build({
      absWorkingDir: root,
      entryPoints: [join(root, entry)],
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      sourcemap: "inline",
      plugins: [ownUrls, nativeDrivers],
      logLevel: "warning",
    })
    return await import(pathToFileURL(outfile).href)
  }
  const { main } = await load().finally(() => rm(temporary, { recursive: true }))
  await main()
}
