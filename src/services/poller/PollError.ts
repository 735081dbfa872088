/** Why a poll brought no reading. */
import * as Data from "effect/Data"
import * as Subject from "../../domain/balance/Subject.js"
import type { StoreError } from "../../infra/store/StoreError.js"
import type { ZooError } from "../../infra/zoo/ZooError.js"
import type { NothingCached } from "../Accounts.js"

/**
 * A poll was given up. `Deadline`: it brought neither a reading nor an error in time. `Defect`: it broke for a reason that no error is meant
 * for, which is `cause`: report it.
 */
export class PollAborted extends Data.TaggedError("PollAborted")<{
  readonly subject: Subject.Subject
  readonly reason: "Deadline" | "Defect"
  readonly cause?: unknown
}> {
  override get message(): string {
    const what = {
      Deadline: "given up, as there was no answer in time: check that the API and the history can be reached",
      Defect: "given up, as it broke: report this with its cause",
    }
    return `Poller.poll ${Subject.format(this.subject)}: ${what[this.reason]}`
  }
}

/** Why a poll brought no reading. */
export type PollError = ZooError | NothingCached | StoreError | PollAborted
