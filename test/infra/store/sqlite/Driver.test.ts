import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "@effect/vitest"
import * as Driver from "../../../../src/infra/store/sqlite/Driver.js"

const { buildSync } = createRequire(import.meta.url)("esbuild") as typeof import("esbuild")

const source = fileURLToPath(new URL("../../../../src/infra/store/sqlite/Driver.ts", import.meta.url))

/** What opening throws in a process that finds no package, from a bundle that lies outside of this repository. */
const withoutPackages = (path: string): Record<string, unknown> => {
  const folder = mkdtempSync(join(tmpdir(), "zoo-runway-driver-"))
  try {
    buildSync({
      stdin: {
        contents: `
          import * as Driver from ${JSON.stringify(source)}
          try {
            Driver.open(${JSON.stringify(path)})
          } catch ({ _tag, cause, message, path, reason }) {
            console.log(JSON.stringify({ _tag, reason, path, message, cause: cause.message, causes: cause.errors.length }))
          }`,
        resolveDir: folder,
      },
      outfile: join(folder, "main.mjs"),
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
    })
    return JSON.parse(execFileSync(process.execPath, [join(folder, "main.mjs")], { encoding: "utf8" }))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe("Driver.candidates", () => {
  it.each([
    ["20.19.0", ["better-sqlite3-12"]],
    ["21.7.3", ["better-sqlite3-12"]],
    ["22.0.0", ["better-sqlite3", "better-sqlite3-12"]],
    ["24.22.3", ["better-sqlite3", "better-sqlite3-12"]],
    ["100.0.0", ["better-sqlite3", "better-sqlite3-12"]],
  ])("for Node %s are %j, in this order", (version, names) => {
    expect(Driver.candidates(version)).toEqual(names)
  })
})

describe("Driver.open", () => {
  it("opens a database with a package that this version of Node may load", () => {
    const database = Driver.open(":memory:")
    expect(
      database
        .prepare<[bigint], bigint>("SELECT ?")
        .safeIntegers()
        .pluck()
        .get(2n ** 62n),
    ).toBe(2n ** 62n)
    database.close()
    expect(database.open).toBe(false)
    expect(Driver.candidates(process.versions.node)).toContain(Driver.load().name)
  })

  it("throws StoreCannotOpen with the reason of each package where none is installed", () => {
    const names = Driver.candidates(process.versions.node)
    expect(withoutPackages("/data/history.db")).toEqual({
      _tag: "StoreCannotOpen",
      reason: "NoDriver",
      path: "/data/history.db",
      message: "cannot open the history /data/history.db: no SQLite driver is installed for this version of Node",
      cause: names.map((name) => `${name}: Cannot find module '${name}'`).join("; "),
      causes: names.length,
    })
  })

  it("throws an error without a path where a database in memory finds no package", () => {
    const { path, ...thrown } = withoutPackages(":memory:")
    expect(path).toBeUndefined()
    expect(thrown).toMatchObject({
      reason: "NoDriver",
      message: "cannot open the history: no SQLite driver is installed for this version of Node",
    })
  })
})

describe("Driver.versions", () => {
  it("names the package that is loaded, not the alias, and the version of SQLite", () => {
    const { driver, sqlite } = Driver.versions()
    expect(driver).toMatch(/^better-sqlite3 1[23]\.\d+\.\d+$/)
    expect(sqlite).toMatch(/^3\.\d+\.\d+$/)
  })
})

describe("Driver.isSqliteError", () => {
  const thrownBy = (sql: string): unknown => {
    const database = Driver.open(":memory:")
    try {
      database.exec(sql)
      return undefined
    } catch (cause) {
      return cause
    } finally {
      database.close()
    }
  }

  it("accepts what the driver throws, and what busy() makes", () => {
    const cause = thrownBy("SELECT * FROM nothing")
    expect(Driver.isSqliteError(cause) && cause.code).toBe("SQLITE_ERROR")
    expect(Driver.isSqliteError(Driver.busy()) && Driver.busy().code).toBe("SQLITE_BUSY")
  })

  it("rejects other errors, also those with a code or the name alone", () => {
    const named = Object.assign(new Error("message"), { name: "SqliteError" })
    const coded = Object.assign(new Error("message"), { code: "SQLITE_BUSY" })
    const plain = { name: "SqliteError", code: "SQLITE_BUSY" }
    expect([named, coded, plain, undefined].map(Driver.isSqliteError)).toEqual([false, false, false, false])
  })
})
