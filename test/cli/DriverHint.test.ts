import { describe, expect, it } from "@effect/vitest"
import * as DriverHint from "../../src/cli/DriverHint.js"

const installation = (more: Partial<DriverHint.Installation>): DriverHint.Installation => ({
  manager: "npm",
  project: "/project",
  nodeMajor: 20,
  hasPackage: true,
  ...more,
})

describe("DriverHint.commandOf", () => {
  it.each<[string, Partial<DriverHint.Installation>, string]>([
    ["npm on Node 20 without a binary", {}, "npm rebuild better-sqlite3-12 --foreground-scripts"],
    [
      "npm on Node 20 without the package",
      { hasPackage: false },
      "npm install --include=optional --foreground-scripts",
    ],
    [
      "npm on Node 22 without the package",
      { hasPackage: false, nodeMajor: 22 },
      "npm install --include=optional --ignore-scripts",
    ],
    [
      "npm on Node 24 without a binary for the platform",
      { nodeMajor: 24 },
      "npm pkg set allowScripts.better-sqlite3=true --json && npm rebuild better-sqlite3-12 --foreground-scripts",
    ],
    [
      "npm outside of a project",
      { project: undefined },
      "npm install --global --allow-scripts=better-sqlite3 zoo-runway",
    ],
    ["pnpm without a binary", { manager: "pnpm" }, "pnpm approve-builds (choose better-sqlite3)"],
    ["pnpm without the package", { manager: "pnpm", hasPackage: false }, "pnpm install --force"],
    [
      "pnpm outside of a project",
      { manager: "pnpm", project: undefined },
      "pnpm add --global --allow-build=better-sqlite3 zoo-runway",
    ],
    ["Yarn", { manager: "yarn" }, "yarn install --force"],
    ["Yarn outside of a project", { manager: "yarn", project: undefined }, "yarn global add zoo-runway --force"],
  ])("%s: names the command", (_, more, command) => {
    expect(DriverHint.commandOf(installation(more))).toBe(command)
  })
})

describe("DriverHint.find", () => {
  it("takes the package manager from the files of the installation, whatever runs the program", () => {
    const found = DriverHint.find({ npm_config_user_agent: "pnpm/10.34.9 npm/? node/v20.20.2 linux x64" })
    expect(found).toMatchObject({ manager: "npm", project: process.cwd(), hasPackage: true })
    expect(found.nodeMajor).toBe(Number(process.versions.node.split(".")[0]))
  })
})
