/** Who asks for what, and how. */
import type * as Redacted from "effect/Redacted"
import type * as Subject from "../../domain/balance/Subject.js"
import type * as AccountDirectory from "../../infra/store/AccountDirectory.js"
import type { StoreError } from "../../infra/store/StoreError.js"
import type { ZooError } from "../../infra/zoo/ZooError.js"
import type { NothingCached } from "../Accounts.js"
import type * as FetchPolicy from "../FetchPolicy.js"

/** Why a balance cannot be had. */
export type GetError = ZooError | NothingCached | StoreError

/** Who asks for what, and how. */
export interface Request {
  readonly subject: Subject.Subject
  readonly credential: Redacted.Redacted
  readonly policy: FetchPolicy.FetchPolicy
  readonly includeTotalDue: boolean
  /** The name under which gauges tell of this subject, where it has one. */
  readonly observed: string | undefined
}

/** A request with what it is looked up by. */
export interface Query {
  /** What tells base URL, subject and credential apart: never to be written anywhere. */
  readonly key: string
  readonly holder: AccountDirectory.Holder
  readonly policy: FetchPolicy.FetchPolicy
  readonly includeTotalDue: boolean
}
