/** The last answers of a SQLite file. */
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Subject from "../../../domain/balance/Subject.js"
import type * as AccountDirectory from "../AccountDirectory.js"
import type * as Answers from "../Answers.js"
import * as Fingerprint from "../Fingerprint.js"
import type * as Connection from "./Connection.js"
import type { OpenFile } from "./OpenFile.js"

/** The last answers of an open file. */
export const make = (
  connection: Connection.Connection,
  { answers, holders }: Pick<OpenFile, "answers" | "holders">,
): Answers.Service => {
  // By the object that hides the token: the token itself is not held any longer than its owner holds it.
  const fingerprints = new WeakMap<Redacted.Redacted, Buffer>()
  const fingerprintOf = (credential: Redacted.Redacted): Buffer => {
    const known = fingerprints.get(credential)
    if (known !== undefined) return known
    const fingerprint = Fingerprint.of(holders.secret, credential)
    fingerprints.set(credential, fingerprint)
    return fingerprint
  }
  const read = ({ baseUrl, credential, subject }: AccountDirectory.Holder) =>
    answers.last({
      fingerprint: fingerprintOf(credential),
      base_url: baseUrl,
      subject: Subject.format(subject),
    })
  return {
    fingerprint: (credential) => fingerprintOf(credential).toString("hex"),
    version: connection.version,
    peek: (holder) => {
      try {
        return Option.getOrUndefined(read(holder))
      } catch {
        return undefined
      }
    },
    // In one transaction, so that what another process removes meanwhile is not taken for damage.
    last: (holder) => connection.read("Answers.last", () => read(holder)),
  }
}
