import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const entry = (name: string) => ({
  find: new RegExp(`^zoo-runway${name === "index" ? "" : `/${name}`}$`),
  replacement: fileURLToPath(new URL(`src/${name}.ts`, import.meta.url)),
})

/** Tests that replace modules of Node, read counters that a whole process shares, or remove a copy of the bundle, which has the stub's token. */
const ALONE = [
  "test/cli/NoDriver.test.ts",
  "test/examples/prometheus.test.ts",
  "test/infra/store/sqlite/ReadOnlyCopy.test.ts",
  "test/services/Metrics.test.ts",
  // Bundles the stub with its example tokens, which other files take for secrets.
  "test/imports.test.ts",
]

export default defineConfig({
  // Examples import the package by its name, as a host does.
  resolve: { alias: [entry("index"), entry("domain"), entry("testing")] },
  test: {
    globalSetup: ["test/cli/setup.ts"],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    setupFiles: ["test/support/SecrecySetup.ts", "test/support/PropertySetup.ts"],
    // Files of a project share the modules of a process: loading them takes longer than most tests.
    isolate: false,
    projects: [
      {
        extends: true,
        test: {
          name: "shared",
          include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
          exclude: ALONE,
        },
      },
      ...ALONE.map((file) => ({ extends: true as const, test: { name: file, include: [file] } })),
    ],
  },
})
