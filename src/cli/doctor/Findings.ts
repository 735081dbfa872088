/** What the facts mean: each finding is well, a warning, or bad, and says what to do. */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { StoreOpenError } from "../../infra/store/StoreError.js"
import * as Format from "../render/Format.js"
import * as ProgressLine from "../render/ProgressLine.js"
import type { Exposed, Facts, Opened } from "./Facts.js"

/** How something is found. */
export type Level = "ok" | "warn" | "bad"

/** What was found of something, and what to do where it is not well. */
export interface Finding {
  readonly check: string
  readonly level: Level
  readonly found: string
  readonly advice: string | undefined
}

const well = (check: string, found: string): Finding => ({ check, level: "ok", found, advice: undefined })

const warning = (check: string, found: string, advice: string): Finding => ({ check, level: "warn", found, advice })

const bad = (check: string, found: string, advice: string): Finding => ({ check, level: "bad", found, advice })

const octal = (mode: number): string => mode.toString(8).padStart(4, "0")

const { count } = Format
const { bytes } = ProgressLine

const NAMED = {
  "--db": "named by --db",
  XDG_DATA_HOME: "the default, below $XDG_DATA_HOME",
  HOME: "the default, as $XDG_DATA_HOME is not set",
} as const

const BEGIN =
  "begin with zoo-runway fetch, which needs a token, or zoo-runway import FILE; zoo-runway demo shows what it is about"

const existence = ({ file, folder, isOwnFolder }: Facts): Finding => {
  if (Option.isNone(file)) {
    return folder === "Missing" && !isOwnFolder
      ? warning("file", "there is none, and no folder for it", "make the folder, or name another file with --db")
      : warning("file", "there is none, so that nothing is kept yet", BEGIN)
  }
  const { bytes: size, isFile } = file.value
  if (!isFile) return bad("file", "there is something else in its place", "name a file with --db")
  return size === 0
    ? warning("file", "it is empty, so that nothing is kept yet", BEGIN)
    : well("file", `it is there, ${bytes(size)}`)
}

const quoted = (path: string): string => JSON.stringify(path)

const ofFile = (exposed: ReadonlyArray<Exposed>): Finding =>
  exposed.length === 0
    ? well("rights", "the file is for its owner alone")
    : warning(
        "rights",
        `others than the owner have rights on ${exposed.map(({ mode, path }) => `${path} (${octal(mode)})`).join(", ")}`,
        `chmod 600 ${exposed.map(({ path }) => quoted(path)).join(" ")}`,
      )

const WRITABLE_BY_OTHERS = 0o022
/** With it, only its owner moves a file of a folder that all may write to. */
const STICKY = 0o1000

const ofFolder = (folder: Facts["folder"], isOwnFolder: boolean): Finding => {
  if (typeof folder === "string") return well("folder", "it is for its owner alone")
  const { mode, path } = folder
  if ((mode & WRITABLE_BY_OTHERS) !== 0 && (mode & STICKY) === 0) {
    return warning(
      "folder",
      `others can put another file in its place (${path} has ${octal(mode)})`,
      isOwnFolder ? `chmod 700 ${quoted(path)}` : "keep the history in a folder of its own, with mode 0700",
    )
  }
  return isOwnFolder
    ? warning("folder", `others see what is in it (${path} has ${octal(mode)})`, `chmod 700 ${quoted(path)}`)
    : well("folder", `others may look into it, and change nothing of yours (${octal(mode)})`)
}

const rights = ({ file, folder, isOwnFolder }: Facts): ReadonlyArray<Finding> =>
  Option.match(file, {
    onNone: () => [],
    onSome: ({ exposed, isFile }) => (isFile ? [ofFile(exposed), ofFolder(folder, isOwnFolder)] : []),
  })

/** What to do about a file that does not open. */
const adviceOn = (error: StoreOpenError | { readonly _tag: string }): readonly [Level, string] => {
  switch (error._tag) {
    case "StoreOlderVersion":
      return ["warn", "zoo-runway verify --explain brings it up to date, as the next fetch or import does"]
    case "StoreBusy":
      return ["warn", "another process holds the file: try again"]
    case "StoreNewerVersion":
      return ["bad", "upgrade zoo-runway"]
    case "StoreNotADatabase":
      return ["bad", "name another file with --db"]
    case "StoreCannotOpen":
      return ["bad", "mend the rights on the file and its folder, or name another file with --db"]
    case "StoreFull":
      return ["bad", "make room on its disk"]
    case "StoreIoFailed":
      return ["bad", "look at its disk"]
    default:
      return ["bad", "restore a backup"]
  }
}

const unopened = (error: StoreOpenError | Exclude<Opened["writing"], string>): Finding => {
  const [level, advice] = adviceOn(error)
  return { check: "opening", level, found: error.message, advice }
}

const versions = ({ format, ledger }: Opened, { supported }: Facts): Finding => {
  const found = `format ${format}, sums of ledger version ${ledger}`
  return ledger === supported.ledger
    ? well("version", found)
    : warning(
        "version",
        `${found}, older than this program's (${supported.ledger})`,
        "zoo-runway verify --explain explains them again, as the next fetch of an account does for it",
      )
}

const contents = ({ statistics }: Opened): ReadonlyArray<Finding> => {
  const { accounts, days, fileBytes, freeBytes, frozen, logBytes, rows, snapshots, unexplained } = statistics
  const kept = `${count(snapshots, "look")} of ${count(accounts, "account")} on ${count(days, "day")}, in ${count(rows, "row")}`
  const [wait, their] = unexplained === 1 ? ["waits", "its"] : ["wait", "their"]
  return [
    snapshots === 0 && days === 0 ? warning("kept", "nothing yet", BEGIN) : well("kept", kept),
    well("size", `file ${bytes(fileBytes)}, of which free ${bytes(freeBytes)}; log ${bytes(logBytes)}`),
    unexplained === 0
      ? well("explained", "no day waits for its sums")
      : warning(
          "explained",
          `${count(unexplained, "day")} ${wait} for ${their} sums`,
          "zoo-runway verify --explain works them out",
        ),
    well("pruned", frozen === 0 ? "no day" : `${count(frozen, "day")}, whose sums stay as they are`),
  ]
}

const MOST_TOLD = 3

const integrity = ({ damage }: Opened): Finding => {
  if (damage.length === 0) return well("integrity", "pages, indices and references are sound; verify checks the rest")
  const told = damage.slice(0, MOST_TOLD).map(({ key, table, what }) => `${table} ${key}: ${what}`)
  const more = damage.length > MOST_TOLD ? `; and ${damage.length - MOST_TOLD} more` : ""
  return bad(
    "integrity",
    Format.text(`${told.join("; ")}`).concat(more),
    "restore a backup; zoo-runway verify tells more",
  )
}

const writing = ({ format, writing: found }: Opened): Finding => {
  if (found === "Untried") {
    return well("writing", `not tried: whatever writes to it first brings it up to date from format ${format}`)
  }
  if (found === "Free") return well("writing", "the file can be written, and no other process writes")
  if (found === "Busy") {
    return warning("writing", "another process is writing for longer than a second", "wait for it, or find and stop it")
  }
  return warning(
    "writing",
    found.message,
    "reading works; to keep balances, mend the rights on the file and its folder",
  )
}

const opening = (facts: Facts): ReadonlyArray<Finding> =>
  Option.match(facts.opened, {
    onNone: () => [],
    onSome: Either.match({
      onLeft: (error) => [unopened(error)],
      onRight: (opened) => [versions(opened, facts), ...contents(opened), integrity(opened), writing(opened)],
    }),
  })

const NO_TOKEN_ADVICE =
  "to fetch, set ZOO_API_TOKEN, or log in with the official command line; what is kept is read without one"

const token = ({ token: found }: Facts): Finding => {
  if (Either.isLeft(found)) return bad("token", found.left.what, found.left.advice)
  if (Option.isNone(found.right)) return warning("token", "there is none", NO_TOKEN_ADVICE)
  const origin = found.right.value
  if ("variable" in origin) return well("token", `there is one, in ${origin.variable}`)
  const where = `there is one for ${origin.baseUrl}, in ${origin.path}`
  const [exposed] = origin.exposed
  return exposed === undefined
    ? well("token", where)
    : warning(
        "token",
        `${where}, which others may read or write (${octal(exposed.mode)})`,
        `chmod 600 ${quoted(origin.path)}`,
      )
}

const baseUrl = ({ baseUrl: found }: Facts): Finding =>
  Either.match(found, {
    onLeft: (why) => bad("base URL", why, "mend or unset ZOO_HOST"),
    onRight: (url) => well("base URL", url),
  })

/** All findings, in the order that they are told. */
export const of = (facts: Facts): ReadonlyArray<Finding> => {
  const { namedBy, path, versions: of } = facts
  return [
    well("program", `zoo-runway ${of.program}, Node ${of.node}, SQLite ${of.sqlite}`),
    well("database", `${path} (${NAMED[namedBy]})`),
    existence(facts),
    ...rights(facts),
    ...opening(facts),
    token(facts),
    baseUrl(facts),
  ]
}
