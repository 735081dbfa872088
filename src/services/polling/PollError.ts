/** Why a poll brought no reading. */
import * as Schema from "effect/Schema"
import * as Subject from "../../domain/balance/Subject.js"
import type * as Poll from "../../domain/polling/Poll.js"
import { StoreError } from "../../infra/store/StoreError.js"
import * as ZooError from "../../infra/zoo/ZooError.js"
import { NothingCached } from "../Accounts.js"

/**
 * A poll was given up. `Deadline`: it brought neither a reading nor an error in time. `Defect`: it broke for a reason that no error is meant
 * for, which is `cause`: report it.
 */
export class PollAborted extends Schema.TaggedError<PollAborted>("zoo-runway/PollAborted")("PollAborted", {
  subject: Subject.Subject,
  reason: Schema.Literal("Deadline", "Defect"),
  cause: Schema.optional(Schema.Defect),
}) {
  override get message(): string {
    const what = {
      Deadline: "given up, as there was no answer in time: check that the API and the history can be reached",
      Defect: "given up, as it broke: report this with its cause",
    }
    return `Poller.poll ${Subject.format(this.subject)}: ${what[this.reason]}`
  }
}

/** Errors of a poll. Not among them: errors of making the client or of opening the store, which the layers fail with. */
export const PollError = Schema.Union(ZooError.ZooError, NothingCached, StoreError, PollAborted)
/** Errors of a poll. */
export type PollError = typeof PollError.Type

/** Whether somebody has to do something before another poll can help. */
const isLasting = ({ _tag }: PollError): boolean => {
  switch (_tag) {
    case "Unavailable":
    case "RateLimited":
    case "StoreBusy":
    case "StoreFull":
    case "StoreIoFailed":
    case "StoreCannotOpen":
    case "PollAborted":
      return false
    default:
      return true
  }
}

/** What an error means for the next poll. */
export const failureOf = (error: PollError): Poll.Failure => ({
  error: error._tag,
  kind: isLasting(error) ? "Lasting" : "Transient",
  retryAfterMillis: error._tag === "RateLimited" || error._tag === "Unavailable" ? ZooError.retryAfterMillis(error) : 0,
})
