/**
 * What becomes of a damaged file: it is refused when it is opened, or verification finds the damage, or what is read is as it was. Whatever else
 * happens is a failure: a thrown error that is none of the store's, or something that reads differently and is not found.
 */
import { existsSync, rmSync, writeFileSync } from "node:fs"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as SnapshotStore from "../../src/infra/store/SnapshotStore.js"
import * as Told from "./Told.js"

/**
 * - `Refused`: opening fails with an error of the store.
 * - `Found`: verification finds damage, or fails with an error of the store.
 * - `Harmless`: everything reads as it was.
 * - `Behind`: opened for reading only, the store says that it has to be opened for writing first; all else is as it was.
 * - `Failed`: none of it.
 */
export type Verdict =
  | { readonly _tag: "Refused" | "Found"; readonly by: string }
  | { readonly _tag: "Harmless" | "Behind" }
  | { readonly _tag: "Failed"; readonly why: string }

/** How a damaged file is opened. */
export type Mode = "ReadWrite" | "ReadOnly"

export const layer = (path: string, mode: Mode) =>
  mode === "ReadOnly"
    ? SnapshotStore.layerReadOnly({ path })
    : SnapshotStore.layerSqlite({ path, synchronous: "NORMAL" })

/** Longer than anything here takes: what goes on for longer goes on forever. */
const PATIENCE = "60 seconds"

/** What an effect came to. */
export type Result<A> =
  | { readonly _tag: "Value"; readonly value: A }
  | { readonly _tag: "Error"; readonly tag: string }
  | { readonly _tag: "Defect"; readonly what: string }

/** What an effect came to: a value, an error of the store by its tag, or what is neither. */
export const resultOf = <A, E extends { readonly _tag: string }>(exit: Exit.Exit<A, E>): Result<A> => {
  if (Exit.isSuccess(exit)) return { _tag: "Value", value: exit.value }
  const failure = Cause.failureOption(exit.cause)
  return Option.isSome(failure) && failure.value._tag.startsWith("Store")
    ? {
        _tag: "Error",
        tag: `${failure.value._tag}${"isBehind" in failure.value && failure.value.isBehind ? " behind" : ""}`,
      }
    : { _tag: "Defect", what: Cause.pretty(exit.cause).split("\n").slice(0, 4).join(" ") }
}

/** Verifies and reads a file that may be damaged. */
const judged = (path: string, mode: Mode, wanted: ReadonlyArray<string>): Effect.Effect<Verdict> =>
  Effect.gen(function* () {
    const opened = resultOf(yield* Effect.exit(Layer.build(layer(path, mode))))
    if (opened._tag === "Error") return { _tag: "Refused", by: opened.tag } as const
    if (opened._tag === "Defect") return { _tag: "Failed", why: `opening throws ${opened.what}` } as const
    const damage = resultOf(yield* Effect.exit(Effect.provide(Told.damage, opened.value)))
    const told = resultOf(yield* Effect.exit(Effect.provide(Told.everything, opened.value)))
    if (damage._tag === "Defect") return { _tag: "Failed", why: `verifying throws ${damage.what}` } as const
    if (told._tag === "Defect") return { _tag: "Failed", why: `reading throws ${told.what}` } as const
    if (damage._tag === "Error") return { _tag: "Found", by: damage.tag } as const
    if (damage.value.length > 0) return { _tag: "Found", by: "damage" } as const
    if (told._tag === "Error") {
      return told.tag === "StoreReadOnly behind" && mode === "ReadOnly"
        ? ({ _tag: "Behind" } as const)
        : ({ _tag: "Failed", why: `reading fails with ${told.tag}, and verification finds nothing` } as const)
    }
    const difference = Told.difference(wanted, told.value)
    return difference === undefined
      ? ({ _tag: "Harmless" } as const)
      : ({ _tag: "Failed", why: `verification finds nothing, and ${difference}` } as const)
  }).pipe(
    Effect.scoped,
    Effect.timeoutTo({
      duration: PATIENCE,
      onSuccess: (verdict): Verdict => verdict,
      onTimeout: (): Verdict => ({ _tag: "Failed", why: `it goes on for more than ${PATIENCE}` }),
    }),
  )

/** Removes a file with its log and its log's index. */
export const remove = (path: string): void => {
  for (const each of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(each)) rmSync(each)
}

/** Writes bytes as a file and judges it against what a store told before. */
export const of = async (
  path: string,
  bytes: Uint8Array,
  mode: Mode,
  wanted: ReadonlyArray<string>,
): Promise<Verdict> => {
  remove(path)
  writeFileSync(path, bytes)
  const verdict = await Effect.runPromise(judged(path, mode, wanted)).catch(
    (cause: unknown): Verdict => ({ _tag: "Failed", why: `closing throws ${String(cause)}` }),
  )
  remove(path)
  return verdict
}
