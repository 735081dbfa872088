/** A balance as a service hands it out: how fresh it is stands in its type. */
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { Drift } from "../domain/balance/wire/Drift.js"
import * as Snapshot from "../domain/history/Snapshot.js"
import { StoreError } from "../infra/store/StoreError.js"
import { ZooError } from "../infra/zoo/ZooError.js"

/**
 * Something that went wrong beside a good reading:
 * - `NotKept`: the balance was fetched, but the history could not be written;
 * - `NotRead`: the balance was fetched, but what is kept could not be read;
 * - `NotRefreshed`: the balance counts as fresh still, but the API was asked for a newer one since, and failed;
 * - `NotResolved`: whose `me` or `org` is could not be asked, so that the history is kept under a label of its own;
 * - `Drifted`: the body said something that the contract, as published, does not.
 */
export type Warning = Data.TaggedEnum<{
  NotKept: { readonly cause: StoreError }
  NotRead: { readonly cause: StoreError }
  NotRefreshed: { readonly cause: ZooError }
  NotResolved: { readonly cause: ZooError }
  Drifted: { readonly drift: ReadonlyArray<Drift> }
}>

/** Constructors and matcher of warnings. */
export const Warning = Data.taggedEnum<Warning>()

/** Why a reading is stale although nothing failed: the API is being asked meanwhile. */
export class Revalidating extends Schema.TaggedClass<Revalidating>("zoo-runway/Revalidating")("Revalidating", {}) {
  get message(): string {
    return "the API is being asked for a newer one"
  }
}

interface Common {
  readonly snapshot: Snapshot.Snapshot
  readonly warnings: ReadonlyArray<Warning>
  /**
   * Whether the API may not have counted the last minutes' usage yet: true until a second look agrees, or the look is older than the
   * API's lag.
   */
  readonly isProvisional: boolean
}

/**
 * - `Fresh`: just fetched, or kept and younger than was asked for;
 * - `Stale`: the API could not be asked, for `cause`, or is being asked meanwhile; the newest that is kept, of `age`;
 * - `Offline`: the API was not to be asked; the newest that is kept, of `age`.
 */
export type Reading = Data.TaggedEnum<{
  Fresh: Common
  Stale: Common & { readonly age: Duration.Duration; readonly cause: ZooError | Revalidating }
  Offline: Common & { readonly age: Duration.Duration }
}>

/** Constructors and matcher of the three cases. */
export const Reading = Data.taggedEnum<Reading>()

const common = {
  snapshot: Snapshot.Snapshot,
  warnings: Schema.Array(
    Schema.Union(
      Schema.TaggedStruct("NotKept", { cause: StoreError }),
      Schema.TaggedStruct("NotRead", { cause: StoreError }),
      Schema.TaggedStruct("NotRefreshed", { cause: ZooError }),
      Schema.TaggedStruct("NotResolved", { cause: ZooError }),
      Schema.TaggedStruct("Drifted", { drift: Schema.Array(Drift) }),
    ),
  ),
  isProvisional: Schema.Boolean,
}

/** The codec between readings and JSON: amounts as decimal text, times as RFC 3339, spans in milliseconds. */
export const FromJson = Schema.Union(
  Schema.TaggedStruct("Fresh", common),
  Schema.TaggedStruct("Stale", {
    ...common,
    age: Schema.DurationFromMillis,
    cause: Schema.Union(ZooError, Revalidating),
  }),
  Schema.TaggedStruct("Offline", { ...common, age: Schema.DurationFromMillis }),
)

/** A reading as JSON: what `JSON.stringify` takes without loss. */
export const encode: (reading: Reading) => typeof FromJson.Encoded = Schema.encodeSync(FromJson)
