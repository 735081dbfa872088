/** Exit codes of the command line, after sysexits: what a script can tell failures apart by. */
import type * as Account from "../domain/history/Account.js"
import type { InvalidZone } from "../domain/time/Calendar.js"
import type { StoreError, StoreMergeRefused, StoreOpenError } from "../infra/store/StoreError.js"
import type { ZooError } from "../infra/zoo/ZooError.js"
import type { NothingCached } from "../services/Balances.js"
import type { InvalidHorizon } from "../services/RunwayAnalysis.js"
import type {
  CannotWrite,
  ConfigurationError,
  DamageFound,
  NoSuchInput,
  NothingInSpan,
  NothingStored,
  SomeRejected,
  UsageError,
} from "./CliError.js"

/** Whatever a command can fail with. */
export type Failure =
  | UsageError
  | ConfigurationError
  | SomeRejected
  | ZooError
  | StoreOpenError
  | StoreError
  | StoreMergeRefused
  | NothingCached
  | InvalidHorizon
  | InvalidZone
  | NoSuchInput
  | NothingInSpan
  | NothingStored
  | CannotWrite
  | DamageFound
  | Account.InvalidBaseUrl

const OK = 0
const USAGE = 64
const BAD_BODY = 65
const NOT_FOUND = 66
const UNAVAILABLE = 69
const SOFTWARE = 70
const CANNOT_CREATE = 73
const DAMAGED = 74
const BUSY = 75
const REFUSED = 77
const CONFIGURATION = 78

/** Nothing went wrong. */
export const ok = OK

/** The arguments are none. */
export const usage = USAGE

/** A fault of this program itself. */
export const defect = SOFTWARE

/** The file is damaged, or output could not be written. */
export const damaged = DAMAGED

/** Stopped by a signal, as a shell counts it for SIGINT. */
export const interrupted = 130

/** The exit code of a failure. */
export const of = (failure: Failure): number => {
  switch (failure._tag) {
    case "UsageError":
    case "InvalidHorizon":
    case "InvalidZone":
    case "InvalidBaseUrl":
      return USAGE
    case "UnexpectedBody":
    case "SomeRejected":
    case "StoreOutOfRange":
    case "StorePruned":
      return BAD_BODY
    case "NothingCached":
    case "NoSuchInput":
    case "NothingInSpan":
    case "NothingStored":
    case "NotFound":
      return NOT_FOUND
    case "Unavailable":
    case "RequestRejected":
    case "InvalidTarget":
      return UNAVAILABLE
    case "StoreCannotOpen":
      return failure.reason === "NoSuchFile" ? NOT_FOUND : CANNOT_CREATE
    case "StoreMergeRefused":
      return failure.reason === "NothingStored" ? NOT_FOUND : USAGE
    case "StoreFull":
    case "StoreReadOnly":
    case "CannotWrite":
      return CANNOT_CREATE
    case "StoreNotADatabase":
    case "StoreNewerVersion":
    case "StoreOlderVersion":
    case "StoreIoFailed":
    case "StoreCorrupt":
    case "DamageFound":
      return DAMAGED
    case "StoreBusy":
    case "RateLimited":
      return BUSY
    case "Refused":
      return REFUSED
    case "NoCredential":
    case "InvalidCredential":
    case "ConfigurationError":
      return CONFIGURATION
  }
}
