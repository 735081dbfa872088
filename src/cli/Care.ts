/** Runs the commands that care for the store. Their options are checked before anything is opened. */
import * as Effect from "effect/Effect"
import type { CareInvocation, Written } from "./CareLine.js"
import * as Accounts from "./commands/Accounts.js"
import * as Backup from "./commands/Backup.js"
import * as Doctor from "./commands/Doctor.js"
import * as Forget from "./commands/Forget.js"
import * as Prune from "./commands/Prune.js"
import * as Verify from "./commands/Verify.js"
import type { Failure } from "./ExitCode.js"
import * as Selection from "./Selection.js"
import * as Settings from "./Settings.js"
import * as Span from "./Span.js"
import type { Terminal } from "./Terminal.js"

/** The options as the others have them: whose accounts are meant is said by a selection, and the API is never asked. */
const common = ({ baseUrl, db, json, zone }: Written): Settings.Written => ({
  subject: "me",
  offline: true,
  ...(baseUrl === undefined ? {} : { baseUrl }),
  ...(db === undefined ? {} : { db }),
  ...(json === undefined ? {} : { json }),
  ...(zone === undefined ? {} : { zone }),
})

/** Runs a command. */
export const run = (
  invocation: CareInvocation,
  environment: Settings.Environment,
): Effect.Effect<void, Failure, Terminal> =>
  Effect.gen(function* () {
    const { written } = invocation
    if (invocation._tag === "Doctor") return yield* Doctor.run(common(written), environment)
    const settings = yield* Settings.make(common(written), environment)
    switch (invocation._tag) {
      case "Verify": {
        return yield* Verify.run(yield* Selection.make(invocation.written), settings)
      }
      case "Prune": {
        const { before, thin = "day", yes = false } = invocation.written
        const selection = yield* Selection.make(invocation.written)
        const until = yield* Prune.beforeNow(before, settings.zone)
        return yield* Prune.run({ selection, before: until, thin, yes }, settings)
      }
      case "Forget": {
        const owner = yield* Selection.owner("--subject", invocation.written.subject)
        const { baseUrl } = yield* Selection.make(invocation.written)
        const span = yield* Span.make(invocation.written, settings.zone)
        return yield* Forget.run({ owner, baseUrl, span, yes: invocation.written.yes ?? false }, settings)
      }
      case "Backup":
        return yield* Backup.run(invocation.file, settings)
      case "Accounts":
        return yield* Accounts.run(settings)
      case "Join": {
        const from = yield* Selection.owner("FROM", invocation.from)
        const into = yield* Selection.owner("INTO", invocation.into)
        return yield* Accounts.join({ from, into }, settings)
      }
    }
  })
