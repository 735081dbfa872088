import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const entry = (name: string) => ({
  find: new RegExp(`^zoo-runway${name === "index" ? "" : `/${name}`}$`),
  replacement: fileURLToPath(new URL(`src/${name}.ts`, import.meta.url)),
})

export default defineConfig({
  // Examples import the package by its name, as a host does.
  resolve: { alias: [entry("index"), entry("domain"), entry("testing")] },
  test: {
    include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
    setupFiles: ["test/support/SecrecySetup.ts"],
    globalSetup: ["test/cli/setup.ts"],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
