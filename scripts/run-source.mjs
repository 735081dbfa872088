/** Runs TypeScript of this repository: bundles it, imports the bundle, and leaves nothing behind, however the run ends. */
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { createRequire } from "node:module"
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

/** A driver with a native part finds that part beside its own file, so it stays out of the bundle. */
const nativeDrivers = {
  name: "native-drivers",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^better-sqlite3$/ }, ({ path }) => ({
      path: pathToFileURL(createRequire(import.meta.url).resolve(path)).href,
      external: true,
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
