/** The program that tortured files are written by in other processes, bundled once: children need a file that Node runs. */
import { mkdtempSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

/** A folder of its own with the program in it. */
export interface Bundle {
  readonly folder: string
  readonly program: string
  /** Removes the folder and all that is in it. */
  readonly remove: () => void
}

const require = createRequire(import.meta.url)

/** Bundles the program into a temporary folder. */
export const make = async (): Promise<Bundle> => {
  // Its own binary stands beside its file, so a bundle cannot hold it.
  const { build } = require("esbuild") as typeof import("esbuild")
  const folder = mkdtempSync(join(tmpdir(), "zoo-runway-torture-"))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  const program = join(folder, "child.mjs")
  try {
    await build({
      entryPoints: [fileURLToPath(new URL("Child.ts", import.meta.url))],
      outfile: program,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      logLevel: "warning",
      plugins: [
        {
          name: "native-drivers",
          setup: ({ onResolve }) =>
            onResolve({ filter: /^better-sqlite3$/ }, ({ path }) => ({
              path: pathToFileURL(require.resolve(path)).href,
              external: true,
            })),
        },
      ],
    })
  } catch (cause) {
    remove()
    throw cause
  }
  return { folder, program, remove }
}
