/** Balances from the history alone. */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type * as Subject from "../../domain/balance/Subject.js"
import type * as Account from "../../domain/history/Account.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import type * as AccountDirectory from "../../infra/store/AccountDirectory.js"
import type * as SnapshotStore from "../../infra/store/SnapshotStore.js"
import type { StoreError } from "../../infra/store/StoreError.js"
import * as Accounts from "../Accounts.js"
import type { Reading } from "../Reading.js"
import * as Slot from "./Slot.js"

/** What reads a history. */
export interface Parts {
  readonly store: SnapshotStore.Service
  readonly directory: AccountDirectory.Service
  /** The base URL of the accounts that are meant; without it, that of whatever account is meant. */
  readonly baseUrl: Option.Option<string>
  readonly token: Option.Option<Redacted.Redacted>
  /** The label of the account that `me` means. */
  readonly label: Option.Option<string>
}

type Failure = Accounts.NothingCached | StoreError

interface Options {
  readonly credential?: Redacted.Redacted | undefined
}

/** Every reading is `Offline`, whatever the policy. */
export const make = ({ baseUrl, directory, label, store, token }: Parts) => {
  const accountOf = (subject: Subject.Subject, { credential }: Options = {}): Effect.Effect<Account.Account, Failure> =>
    Accounts.findOffline(store, directory, {
      subject,
      baseUrl,
      credential: Option.orElse(Option.fromNullable(credential), () => token),
      label,
    })

  /** The newest snapshot observed by now; the one before it tells whether it is confirmed. */
  const get = (subject: Subject.Subject, options?: Options): Effect.Effect<Reading, Failure> =>
    Effect.gen(function* () {
      const account = yield* accountOf(subject, options)
      const now = yield* Clock.currentTimeMillis
      const newest = yield* store.asOf(account, Timestamp.fromMillis(now))
      if (Option.isNone(newest)) return yield* Accounts.nothingCached(subject)
      const { observedAt } = newest.value
      const before = yield* store.asOf(account, DateTime.subtract(observedAt, { millis: 1 }))
      const previous = Option.getOrUndefined(
        Option.map(before, (snapshot) => ({ snapshot, agreedSince: snapshot.observedAt.epochMillis })),
      )
      const answer = { snapshot: newest.value, agreedSince: Slot.agreedSince(previous, newest.value) }
      return Slot.offline(Slot.entryOf(answer, "", true), now)
    })

  return {
    get,
    refresh: get,
    told: () => Effect.succeedNone,
    accountOf,
    historyOf: (subject: Subject.Subject, options?: Options) =>
      Effect.map(accountOf(subject, options), (account) => ({ account, until: Option.none() })),
    /** One reading: a history that nobody writes to has no news. */
    changes: (subject: Subject.Subject, options?: Options): Stream.Stream<Reading, Failure> =>
      Stream.fromEffect(get(subject, options)),
  }
}
