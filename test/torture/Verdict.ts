/**
 * What becomes of a damaged file: it is refused when it is opened, or verification finds the damage, or everything reads as it was. Whatever else
 * happens is a failure: a thrown error that is not one of the store's, a fact that was never written, or a read that differs or fails while
 * verification finds nothing.
 */
import { existsSync, rmSync, writeFileSync } from "node:fs"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as GoodFile from "./GoodFile.js"
import * as Opened from "./Opened.js"
import * as Told from "./Told.js"

/**
 * - `Refused`: opening fails with an error of the store.
 * - `Found`: verification finds damage, or fails with an error of the store.
 * - `Harmless`: everything reads as it was.
 * - `Failed`: none of it.
 */
export type Verdict =
  | { readonly _tag: "Refused" | "Found"; readonly by: string }
  | { readonly _tag: "Harmless" }
  | { readonly _tag: "Failed"; readonly why: string }

/** How a damaged file is opened. */
export type Mode = "ReadWrite" | "ReadOnly"

export const layer = (path: string, mode: Mode) =>
  mode === "ReadOnly" ? Opened.readOnly(path) : Opened.sqlite({ path, synchronous: "NORMAL" })

/** Longer than anything here takes: what goes on for longer never ends. */
const TIMEOUT = "60 seconds"

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
    ? { _tag: "Error", tag: failure.value._tag }
    : { _tag: "Defect", what: Cause.pretty(exit.cause).split("\n").slice(0, 4).join(" ") }
}

/** What is wrong with one read: a failure whatever verification finds, or a difference that it must find. */
type Flaw = { readonly _tag: "Wrong" | "Different"; readonly what: string }

const flawOf = (
  { lines, read }: GoodFile.Lines,
  facts: ReadonlySet<string>,
  result: Result<ReadonlyArray<string>>,
): Flaw | undefined => {
  if (result._tag === "Defect") return { _tag: "Wrong", what: `the ${read.name} throws ${result.what}` }
  if (result._tag === "Error") return { _tag: "Different", what: `the ${read.name} fails with ${result.tag}` }
  const invented = read.isFact ? result.value.find((line) => !facts.has(line)) : undefined
  if (invented !== undefined) {
    const closest = Told.difference(lines, result.value) ?? invented.slice(0, 200)
    return { _tag: "Wrong", what: `the ${read.name} was never written: ${closest}` }
  }
  const difference = Told.difference(lines, result.value)
  return difference === undefined ? undefined : { _tag: "Different", what: `the ${read.name}: ${difference}` }
}

/**
 * Verifies and reads a file that may be damaged. `isMissed`: whether a read may lack lines although verification finds nothing.
 */
const judged = (
  path: string,
  mode: Mode,
  told: GoodFile.GoodFile["told"],
  isMissed: (read: Told.Read) => boolean,
): Effect.Effect<Verdict> =>
  Effect.gen(function* () {
    const opened = resultOf(yield* Effect.exit(Layer.build(layer(path, mode))))
    if (opened._tag === "Error") return { _tag: "Refused", by: opened.tag } as const
    if (opened._tag === "Defect") return { _tag: "Failed", why: `opening throws ${opened.what}` } as const
    const damage = resultOf(yield* Effect.exit(Effect.provide(Told.damage, opened.value)))
    if (damage._tag === "Defect") return { _tag: "Failed", why: `verifying throws ${damage.what}` } as const
    const facts = new Set(told.flatMap(({ lines, read }) => (read.isFact ? lines : [])))
    const isFound = damage._tag === "Error" || damage.value.length > 0
    for (const each of told) {
      const result = resultOf(yield* Effect.exit(Effect.provide(each.read.lines, opened.value)))
      const flaw = flawOf(each, facts, result)
      if (flaw === undefined || (flaw._tag === "Different" && (isFound || isMissed(each.read)))) continue
      const found = isFound ? "" : ", and verification finds nothing"
      return { _tag: "Failed", why: `${flaw.what}${found}` } as const
    }
    if (isFound) return { _tag: "Found", by: damage._tag === "Error" ? damage.tag : "damage" } as const
    return { _tag: "Harmless" } as const
  }).pipe(
    Effect.scoped,
    Effect.timeoutTo({
      duration: TIMEOUT,
      onSuccess: (verdict): Verdict => verdict,
      onTimeout: (): Verdict => ({ _tag: "Failed", why: `it goes on for more than ${TIMEOUT}` }),
    }),
  )

/** Removes a file with its log and its log's index. */
export const remove = (path: string): void => {
  for (const each of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(each)) rmSync(each)
}

/** Writes bytes as a file and judges it against what a store returned before. */
export const of = async (
  path: string,
  bytes: Uint8Array,
  mode: Mode,
  told: GoodFile.GoodFile["told"],
  isMissed: (read: Told.Read) => boolean = () => false,
): Promise<Verdict> => {
  remove(path)
  writeFileSync(path, bytes)
  const verdict = await Effect.runPromise(judged(path, mode, told, isMissed)).catch(
    (cause: unknown): Verdict => ({ _tag: "Failed", why: `closing throws ${String(cause)}` }),
  )
  remove(path)
  return verdict
}
