import { describe, expect, it } from "@effect/vitest"
import * as DatabaseFile from "../../../../src/infra/store/sqlite/DatabaseFile.js"

describe("a database in memory", () => {
  it("is at its path as long as it is open, and cannot be read once it is closed", () => {
    for (const end of ["close", "leave"] as const) {
      const file = DatabaseFile.openInMemory()
      expect(file.isAtPath()).toBe(true)
      expect(file.database.prepare("SELECT 1").pluck().get()).toBe(1)
      file[end]()
      expect(() => file.database.prepare("SELECT 1")).toThrow("not open")
    }
  })
})
