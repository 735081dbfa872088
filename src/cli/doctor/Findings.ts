/** What the facts mean: each finding is well, a warning, or bad, and says what to do. */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { StoreError, StoreOpenError } from "../../infra/store/StoreError.js"
import * as Advice from "../Advice.js"
import * as Message from "../Message.js"
import * as Format from "../render/Format.js"
import * as Json from "../render/Json.js"
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
  HOME: "the default, as $XDG_DATA_HOME is not an absolute path",
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

const ofFile = (exposed: ReadonlyArray<Exposed>): Finding =>
  exposed.length === 0
    ? well("rights", "the file is for its owner alone")
    : warning(
        "rights",
        `others than the owner have rights on ${exposed.map(({ mode, path }) => `${path} (${octal(mode)})`).join(", ")}`,
        `chmod 600 ${exposed.map(({ path }) => Json.line(path)).join(" ")}`,
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
      isOwnFolder ? `chmod 700 ${Json.line(path)}` : "keep the history in a folder of its own, with mode 0700",
    )
  }
  return isOwnFolder
    ? warning("folder", `others see what is in it (${path} has ${octal(mode)})`, `chmod 700 ${Json.line(path)}`)
    : well("folder", `others may look into it, and change nothing of yours (${octal(mode)})`)
}

const rights = ({ file, folder, isOwnFolder }: Facts): ReadonlyArray<Finding> =>
  Option.match(file, {
    onNone: () => [],
    onSome: ({ exposed, isFile }) => (isFile ? [ofFile(exposed), ofFolder(folder, isOwnFolder)] : []),
  })

const unopened = (error: StoreOpenError | StoreError): Finding => ({
  check: "opening",
  level: error._tag === "StoreOlderVersion" || error._tag === "StoreBusy" ? "warn" : "bad",
  found: Message.of(error),
  advice: Advice.of(error, {}),
})

const contents = ({ sizes, statistics }: Opened): ReadonlyArray<Finding> => {
  const { accounts, sealedDays, snapshots, usageDays } = statistics
  const { fileBytes, freeBytes, logBytes } = sizes
  const stored = `${count(snapshots, "snapshot")} of ${count(accounts, "account")}`
  return [
    snapshots === 0 ? warning("history", "nothing is stored yet", BEGIN) : well("history", stored),
    well("usage", `stored for ${count(usageDays, "UTC day")}; status computes the rest`),
    well("pruned", sealedDays === 0 ? "no day" : `${count(sealedDays, "UTC day")}, whose usage is stored`),
    well("size", `file ${bytes(fileBytes)}, of which free ${bytes(freeBytes)}; log ${bytes(logBytes)}`),
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

const writing = ({ writing: found }: Opened): Finding => {
  if (found === "Free") return well("writing", "the file can be written, and no other process writes")
  if (found === "Busy") {
    return warning("writing", "another process is writing for longer than a second", "wait for it, or find and stop it")
  }
  return warning(
    "writing",
    Message.of(found),
    "reading works; to store balances, change the permissions of the file and its folder",
  )
}

const opening = (facts: Facts): ReadonlyArray<Finding> =>
  // Without a driver no file opens, which is one finding, and says nothing about the file.
  Option.match(Either.isLeft(facts.driver) ? Option.none() : facts.opened, {
    onNone: () => [],
    onSome: Either.match({
      onLeft: (error) => [unopened(error)],
      onRight: (opened) => [...contents(opened), integrity(opened), writing(opened)],
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
        `chmod 600 ${Json.line(origin.path)}`,
      )
}

const baseUrl = ({ baseUrl: found }: Facts): Finding =>
  Either.match(found, {
    onLeft: (why) => bad("base URL", why, "mend or unset ZOO_HOST"),
    onRight: (url) => well("base URL", url),
  })

const driver = ({ driver: found }: Facts): Finding =>
  Either.match(found, {
    onLeft: ({ command, why }) => bad("driver", `no SQLite driver can be loaded: ${why}`, command),
    onRight: ({ driver: name, sqlite }) => well("driver", `${name}, SQLite ${sqlite}`),
  })

/** All findings, in the order that they are told. */
export const of = (facts: Facts): ReadonlyArray<Finding> => {
  const { namedBy, path, versions: of } = facts
  return [
    well("program", `zoo-runway ${of.program}, Node ${of.node}`),
    driver(facts),
    well("database", `${path} (${NAMED[namedBy]})`),
    existence(facts),
    ...rights(facts),
    ...opening(facts),
    token(facts),
    baseUrl(facts),
  ]
}
