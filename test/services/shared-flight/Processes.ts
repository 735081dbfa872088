/** Processes that share a history, and the API that they call. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as TempFolder from "../../infra/store/TempFolder.js"
import { bundleChild } from "../../support/BundleChild.js"
import type { Said } from "./Child.js"

/** A program of the processes, by its file beside this one, bundled into a folder. */
export const bundle = async (folder: string, entry = "Child.ts"): Promise<string> => {
  const program = join(folder, "child.mjs")
  await bundleChild(fileURLToPath(new URL(entry, import.meta.url)), program)
  return program
}

/** A call that waits for its answer. */
export interface Call {
  readonly headers: IncomingHttpHeaders
  readonly answer: (text: string, status?: number) => void
}

/** Things that come one after another, and whoever waits for the next. */
const queue = <A>() => {
  const all: Array<A> = []
  let wake = (): void => {}
  let taken = 0
  return {
    all,
    push: (each: A): void => {
      all.push(each)
      wake()
    },
    next: async (ended: Promise<unknown>): Promise<A | undefined> => {
      if (all.length === taken) await Promise.race([ended, new Promise<void>((resolve) => (wake = resolve))])
      return all[taken] === undefined ? undefined : all[taken++]
    },
  }
}

/** An API that answers when it is told to. */
export const api = Effect.map(
  Effect.acquireRelease(
    Effect.promise(async () => {
      const calls = queue<Call>()
      const answerOf = (response: ServerResponse): Call["answer"] => {
        return (text, status = 200) => response.writeHead(status).end(text)
      }
      const server = createServer(({ headers }, response) => calls.push({ headers, answer: answerOf(response) }))
      server.listen(0, "127.0.0.1")
      await once(server, "listening")
      return { server, calls }
    }),
    ({ server }) =>
      Effect.sync(() => {
        server.close()
        server.closeAllConnections()
      }),
  ),
  ({ calls, server }) => ({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    calls: calls.all,
    next: Effect.promise(() => calls.next(once(server, "close"))).pipe(
      Effect.flatMap((call) => (call === undefined ? Effect.dieMessage("there is no call") : Effect.succeed(call))),
    ),
  }),
)

/** A process that has the history open. */
export interface Sharer {
  /** Asks it for a balance. */
  readonly ask: Effect.Effect<void>
  /** Asks it for a balance in the name of a token. */
  readonly askAs: (token: string) => Effect.Effect<void>
  /** Waits until it says one of some things; what it said else before is passed over. */
  readonly hear: <Tag extends Said["_tag"]>(
    ...tags: ReadonlyArray<Tag>
  ) => Effect.Effect<Extract<Said, { readonly _tag: Tag }>>
  readonly signal: (signal: "SIGKILL" | "SIGSTOP" | "SIGCONT") => Effect.Effect<void>
}

const is =
  <Tag extends Said["_tag"]>(tags: ReadonlyArray<Tag>) =>
  (said: Said): said is Extract<Said, { readonly _tag: Tag }> =>
    tags.some((tag) => tag === said._tag)

const start = (program: string, path: string, url: string, nth: number) => {
  const child: ChildProcess = spawn(process.execPath, [program, path, url, `${nth}`], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  })
  let complaint = ""
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaint += text
  })
  const closed = once(child, "close")
  const said = queue<Said>()
  child.on("message", (message) => said.push(message as Said))
  const sharer: Sharer = {
    ask: Effect.sync(() => void child.send("ask")),
    askAs: (token) => Effect.sync(() => void child.send(token)),
    hear: (...tags) =>
      Effect.promise(async () => {
        for (;;) {
          const each = await said.next(closed)
          if (each === undefined)
            throw new Error(`the process ended without saying ${tags.join(" or ")}: ${complaint.trim()}`)
          if (is(tags)(each)) return each
        }
      }),
    signal: (signal) => Effect.sync(() => void child.kill(signal)),
  }
  return { child, closed, sharer }
}

/** As many processes that have the same new history open, and are ended with the scope. */
export const sharers = (
  program: string,
  url: string,
  count: number,
): Effect.Effect<{ readonly path: string; readonly all: ReadonlyArray<Sharer> }, never, Scope.Scope> =>
  Effect.gen(function* () {
    const path = join(yield* TempFolder.make, "history.db")
    const all = yield* Effect.forEach(Array.from({ length: count }).keys(), (nth) =>
      Effect.acquireRelease(
        Effect.sync(() => start(program, path, url, nth)),
        ({ child, closed }) =>
          Effect.promise(async () => {
            if (child.kill("SIGKILL")) await closed
          }),
      ),
    )
    yield* Effect.forEach(all, ({ sharer }) => sharer.hear("ready"), { concurrency: "unbounded" })
    return { path, all: all.map(({ sharer }) => sharer) }
  })
