/** The file that bad lines of an input go to, as they are, so that they can be mended and imported; one that is too long is cut. */
import { dirname, resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Leftovers from "../infra/store/Leftovers.js"
import type { CannotWrite } from "./CliError.js"
import * as Draft from "./export/Draft.js"
import * as NewFile from "./export/NewFile.js"
import { STANDARD_INPUT } from "./Input.js"

/** `FILE.rejected.jsonl`; of standard input `stdin.rejected.jsonl` in the working directory. */
export const fileOf = (input: string): string => `${input === STANDARD_INPUT ? "stdin" : input}.rejected.jsonl`

/** Collects lines. */
export interface Writer {
  /** Adds a line, which is only good until this returns. */
  readonly add: (line: Uint8Array) => Effect.Effect<void, CannotWrite>
  /** Makes the file of what was added, in place of one from before; none where nothing was added. */
  readonly commit: Effect.Effect<void, CannotWrite>
}

/** Lines are written together, in batches of about so many bytes: a write costs as much as reading dozens of lines. */
const BATCH = 262_144

const NEWLINE = Buffer.from("\n")

/** Makes the writer of an input's lines. What was not committed is removed with the scope. `history` is never replaced. */
export const writer = (input: string, history: string): Effect.Effect<Writer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const target = { out: fileOf(input), elsewhere: "import a copy of the input from another folder" }
    Leftovers.removeFrom(dirname(resolve(target.out)))
    const opened = yield* Effect.gen(function* () {
      const draft = yield* Draft.make({ ...target, kind: "File", force: true, history })
      return { draft, file: yield* NewFile.make(draft.path, target) }
    }).pipe(Scope.extend(scope), Effect.uninterruptible, Effect.cached)
    let waiting: Array<Uint8Array> = []
    let bytes = 0
    const flush = Effect.suspend(() => {
      const batch = Buffer.concat(waiting)
      waiting = []
      bytes = 0
      return Effect.flatMap(opened, ({ file }) => file.append(batch))
    })
    let isEmpty = true
    return {
      add: (line) =>
        Effect.suspend(() => {
          isEmpty = false
          // The splitter's buffer is written over by the next line.
          waiting.push(line.slice(), NEWLINE)
          bytes += line.length + 1
          return bytes >= BATCH ? flush : Effect.asVoid(opened)
        }),
      commit: Effect.suspend(() =>
        isEmpty
          ? Effect.void
          : Effect.zipRight(
              flush,
              Effect.flatMap(opened, ({ draft, file }) => Effect.zipRight(file.finish, draft.commit)),
            ),
      ),
    }
  })
