/** For bundles of this repository: a driver with a native part finds that part beside its own file, so it stays out of the bundle. */
import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"

/** A plugin of the bundler. */
export const nativeDrivers = {
  name: "native-drivers",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^better-sqlite3$/ }, ({ path }) => ({
      path: pathToFileURL(createRequire(import.meta.url).resolve(path)).href,
      external: true,
    })),
}
