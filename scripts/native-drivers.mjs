/**
 * For bundles of this repository that lie outside of it: the SQLite driver is looked up from its loader's own file, so that file keeps its
 * address.
 */
import { readFile } from "node:fs/promises"
import { pathToFileURL } from "node:url"

/** A plugin of the bundler. */
export const nativeDrivers = {
  name: "native-drivers",
  setup: ({ onLoad }) =>
    onLoad({ filter: /[/\\]store[/\\]sqlite[/\\]Driver\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href)),
      loader: "ts",
    })),
}

/** The package that the loader takes first under this version of Node. */
export const driverName = Number.parseInt(process.versions.node, 10) >= 22 ? "better-sqlite3" : "better-sqlite3-12"
