/** What to do on the command line about a failure of the library, whose own messages give no such advice. */
import * as Option from "effect/Option"
import * as DriverHint from "./DriverHint.js"
import type { Failure } from "./ExitCode.js"
import type { Environment } from "./Settings.js"

const SET_TOKEN = "set ZOO_API_TOKEN"
const OTHER_FILE = "name another file with --db"

/** Returns the advice on a failure; `undefined` where its message says what to do, or nothing can be done. */
export const of = (failure: Failure, environment: Environment): string | undefined => {
  switch (failure._tag) {
    case "StoreCannotOpen":
      switch (failure.reason) {
        case "NoDriver":
          return `to install one, run: ${DriverHint.command(environment)}`
        case "NoSuchFile":
          return `fetch or import a balance first, or ${OTHER_FILE}`
        case "NoSuchFolder":
          return `create the folder, or ${OTHER_FILE}`
        case "PermissionDenied":
          return `change the permissions, or ${OTHER_FILE}`
        default:
          return OTHER_FILE
      }
    case "NothingCached": {
      if (Option.isSome(failure.asOf)) return "name a later time"
      if (failure.baseUrls !== undefined) return "name one with --base-url"
      const isNamed = Option.exists(failure.kept, (accounts) => accounts.length > 0)
      if (!isNamed) return "fetch or import a balance first"
      return failure.isTokenUnknown === true
        ? "name one with --subject, or fetch with this token first"
        : "name one with --subject"
    }
    case "StoreNotADatabase":
      return OTHER_FILE
    case "StoreNewerVersion":
      return "upgrade zoo-runway"
    case "StoreOlderVersion":
      return "the next fetch or import migrates it"
    case "StoreBusy":
      return "try again later"
    case "StoreFull":
      return "free some space on its disk"
    case "StoreIoFailed":
      return "check its disk"
    case "StoreCorrupt":
      return "restore a backup (docs/care.md)"
    case "StorePruned":
      return "name a later --from, or forget the whole account"
    case "StoreMergeRefused":
      return failure.reason === "Pruned" ? "accounts that overlap are merged before one of them is pruned" : undefined
    case "NoCredential":
    case "InvalidCredential":
      return SET_TOKEN
    case "Refused":
      return failure.reason === "Unauthorized" ? SET_TOKEN : undefined
    case "RequestRejected":
      return failure.redirect === undefined ? undefined : "set ZOO_HOST or give --base-url"
    case "UnexpectedBody":
      return "upgrade zoo-runway"
    default:
      return undefined
  }
}
