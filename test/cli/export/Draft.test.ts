import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Draft from "../../../src/cli/export/Draft.js"
import * as NewFile from "../../../src/cli/export/NewFile.js"
import { leftoverIn } from "../../infra/store/KilledProcess.js"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zoo-runway-draft-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const at = (...names: ReadonlyArray<string>) => join(folder, ...names)
const options = (kind: Draft.Options["kind"], name: string, force = false): Draft.Options => ({
  kind,
  out: at(name),
  elsewhere: "name another with --out",
  force,
  history: at("history.db"),
})
/** Makes a file of one line, or a folder of one month; what `meanwhile` does comes before it gets its name. */
const exported = (asked: Draft.Options, text: string, meanwhile: Effect.Effect<void, string> = Effect.void) =>
  Effect.gen(function* () {
    const draft = yield* Draft.make(asked)
    if (asked.kind === "Folder") mkdirSync(join(draft.path, "month=2026-11"))
    const inside = asked.kind === "Folder" ? join(draft.path, "month=2026-11", "part-0.parquet") : draft.path
    const file = yield* NewFile.make(inside, asked)
    yield* file.append(text)
    yield* file.finish
    yield* meanwhile
    yield* draft.commit
  }).pipe(Effect.scoped)
const refused = (asked: Draft.Options, meanwhile?: Effect.Effect<void>) =>
  Effect.map(Effect.flip(exported(asked, "new", meanwhile)), (error) =>
    typeof error === "string" ? error : error.message,
  )
const folderFile = (name: string) => readFileSync(at(name, "month=2026-11", "part-0.parquet"), "utf8")

describe("Draft", () => {
  it.effect("gives a file its name once it is whole, for its owner alone", () =>
    Effect.gen(function* () {
      const unnamed = Effect.sync(() => expect(existsSync(at("a.csv"))).toBe(false))
      yield* exported(options("File", "a.csv"), "whole", unnamed)
      expect(readFileSync(at("a.csv"), "utf8")).toBe("whole")
      expect(statSync(at("a.csv")).mode & 0o777).toBe(0o600)
      expect(readdirSync(folder)).toEqual(["a.csv"])
    }),
  )

  it.effect("gives a folder its name once it is whole, over an empty one too", () =>
    Effect.gen(function* () {
      mkdirSync(at("empty"))
      for (const name of ["new", "empty"]) {
        yield* exported(options("Folder", name), "whole")
        expect(folderFile(name)).toBe("whole")
        expect(statSync(at(name)).mode & 0o777).toBe(0o700)
      }
      expect(readdirSync(folder).sort()).toEqual(["empty", "new"])
    }),
  )

  it.effect("leaves nothing of what failed, and what stood there as it was", () =>
    Effect.gen(function* () {
      yield* exported(options("File", "old.csv"), "old")
      yield* exported(options("Folder", "old"), "old")
      for (const kind of ["File", "Folder"] as const) {
        expect(yield* Effect.flip(exported(options(kind, "new"), "half", Effect.fail("no more")))).toBe("no more")
      }
      yield* Effect.flip(exported(options("File", "old.csv", true), "half", Effect.fail("no more")))
      yield* Effect.flip(exported(options("Folder", "old", true), "half", Effect.fail("no more")))
      expect(readdirSync(folder).sort()).toEqual(["old", "old.csv"])
      expect([readFileSync(at("old.csv"), "utf8"), folderFile("old")]).toEqual(["old", "old"])
    }),
  )

  it.effect("removes what a killed process left, whatever it makes", () =>
    Effect.gen(function* () {
      const left = leftoverIn(folder)
      yield* exported(options("File", "a.csv"), "whole")
      expect(existsSync(left)).toBe(false)
      expect(readdirSync(folder)).toEqual(["a.csv"])
    }),
  )

  it.effect("leaves nothing of what was stopped", () =>
    Effect.gen(function* () {
      const reached = yield* Deferred.make<void>()
      const never = Effect.zipRight(Deferred.succeed(reached, undefined), Effect.never)
      const fiber = yield* Effect.fork(exported(options("File", "a.csv"), "half", never))
      yield* Deferred.await(reached)
      expect(readdirSync(folder)).toHaveLength(1)
      expect(Exit.isInterrupted(yield* Fiber.interrupt(fiber))).toBe(true)
      expect(readdirSync(folder)).toEqual([])
    }),
  )

  it.effect("replaces an earlier export by force alone", () =>
    Effect.gen(function* () {
      for (const kind of ["File", "Folder"] as const) {
        yield* exported(options(kind, kind), "old")
        expect(yield* refused(options(kind, kind))).toMatch(
          / exists: remove it, name another with --out, or replace it/,
        )
        yield* exported(options(kind, kind, true), "new")
      }
      expect([readFileSync(at("File"), "utf8"), folderFile("Folder")]).toEqual(["new", "new"])
      expect(readdirSync(folder).sort()).toEqual(["File", "Folder"])
    }),
  )

  it.effect("replaces nothing that is no export, by force neither", () =>
    Effect.gen(function* () {
      writeFileSync(at("history.db"), "history")
      linkSync(at("history.db"), at("link.db"))
      symlinkSync(at("history.db"), at("symlink.db"))
      mkdirSync(at("home", "month=2026-11"), { recursive: true })
      writeFileSync(at("home", "month=2026-11", "diary.txt"), "dear diary")
      mkdirSync(at("src"))
      writeFileSync(at("src", "main.ts"), "code")
      const before = readdirSync(folder)
      const refusals: ReadonlyArray<readonly [Draft.Options["kind"], string, RegExp]> = [
        ["File", "history.db", /history\.db is the history itself/],
        ["File", "history.db-wal", /is the history itself/],
        ["File", "link.db", /link\.db is the history itself/],
        ["File", "symlink.db", /is the history itself/],
        ["File", "src", /src is not a regular file: name another with --out/],
        ["Folder", "link.db", /is the history itself/],
        ["Folder", "home", /home holds more than an export/],
        ["Folder", "src", /src holds more than an export/],
      ]
      for (const [kind, name, words] of refusals) expect(yield* refused(options(kind, name, true))).toMatch(words)
      writeFileSync(at("file"), "text")
      expect(yield* refused(options("Folder", "file", true))).toMatch(/file is not a folder/)
      expect(readdirSync(folder).sort()).toEqual([...before, "file"].sort())
      expect(readFileSync(at("home", "month=2026-11", "diary.txt"), "utf8")).toBe("dear diary")
    }),
  )

  it.effect("does not replace what somebody else made meanwhile", () =>
    Effect.gen(function* () {
      const meanwhile = Effect.sync(() => writeFileSync(at("a.csv"), "theirs"))
      expect(yield* refused(options("File", "a.csv"), meanwhile)).toMatch(/a\.csv exists/)
      expect(readFileSync(at("a.csv"), "utf8")).toBe("theirs")
      expect(readdirSync(folder)).toEqual(["a.csv"])
    }),
  )

  it.effect("says what it cannot make, and what to do", () =>
    Effect.gen(function* () {
      writeFileSync(at("file"), "")
      expect(yield* refused(options("File", "none/a.csv"))).toMatch(/cannot write .*a\.csv \(ENOENT\): make its folder/)
      expect(yield* refused(options("Folder", "none/a"))).toMatch(/cannot write .*none\/a \(ENOENT\): make its folder/)
      expect(yield* refused(options("File", "file/a.csv"))).toMatch(/\(ENOTDIR\): make its folder first/)
    }),
  )
})
