/** Where the secrets of a process are learnt, and where what it says is overheard. */
import childProcess from "node:child_process"
import diagnostics from "node:diagnostics_channel"
import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { tmpdir } from "node:os"
import { join, resolve, sep } from "node:path"
import { inspect } from "node:util"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import { globalValue } from "effect/GlobalValue"
import * as Metric from "effect/Metric"
import type { Secrecy } from "./Secrecy.js"

type Look = (args: ReadonlyArray<unknown>, self: unknown) => void

/** Whether something is being looked at, which may run effects of its own. */
let isLooking = false

/** Has `look` called before every call of a method, but for the calls that looking makes. */
export const before = (target: object, name: string, look: Look): void => {
  const original: unknown = Reflect.get(target, name)
  if (typeof original !== "function") throw new Error(`secrecy: there is no ${name} to hook`)
  Reflect.set(target, name, function hooked(this: unknown, ...args: ReadonlyArray<unknown>): unknown {
    if (!isLooking) {
      isLooking = true
      try {
        look(args, this)
      } finally {
        isLooking = false
      }
    }
    return Reflect.apply(original, this, args)
  })
}

const textOf = (part: unknown): string =>
  typeof part === "string" ? part : part instanceof Uint8Array ? Buffer.from(part).toString("latin1") : ""

/** What an object shows of itself when somebody prints it. */
const shown = (value: unknown): string => (typeof value === "string" ? value : inspect(value, { depth: 8 }))

const json = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? ""
  } catch {
    return ""
  }
}

/** What a failure tells, whoever writes it down: pretty, by its parts, as JSON. */
const told = (failure: unknown): string =>
  failure instanceof Error
    ? [failure.message, failure.stack, shown(failure), json(failure)].join("\n")
    : [shown(failure), json(failure)].join("\n")

/** What marks errors of the platform's HTTP client and server, named here since their modules take time to load. */
const CLIENT_ERROR = Symbol.for("@effect/platform/HttpClientError")
const SERVER_ERROR = Symbol.for("@effect/platform/HttpServerError")

/**
 * Whether a failure holds a whole request by the platform's design, where the library has no hand in it: fibers within streams end with what
 * the client throws before anybody has had a look at it, and servers are the tests' own.
 */
const isOfPlatform = (failure: unknown, by: "fiber" | "span"): boolean =>
  typeof failure === "object" &&
  failure !== null &&
  (SERVER_ERROR in failure || (by === "fiber" && CLIENT_ERROR in failure))

const overhearExits = (secrecy: Secrecy) => {
  const known = new WeakSet<object>()
  return (exit: unknown, by: "fiber" | "span"): void => {
    if (!Exit.isExit(exit) || Exit.isSuccess(exit) || Cause.isInterruptedOnly(exit.cause)) return
    const failures = [...Chunk.toReadonlyArray(Cause.failures(exit.cause)), ...Cause.defects(exit.cause)]
    for (const failure of failures) {
      secrecy.note("error", Cause.pretty(exit.cause, { renderErrorCause: true }))
      if (isOfPlatform(failure, by)) continue
      if (typeof failure === "object" && failure !== null) {
        if (known.has(failure)) continue
        known.add(failure)
      }
      secrecy.note("error", told(failure))
    }
  }
}

/** Spans of the default tracer, logs whatever the loggers, and the exits of fibers. */
const overhearEffect = (secrecy: Secrecy): void => {
  const failed = overhearExits(secrecy)
  const span = Effect.runSync(Effect.makeSpan("secrecy"))
  before(Object.getPrototypeOf(span), "end", ([, exit], self) => {
    const [name, attributes, events] = ["name", "attributes", "events"].map((key) => Reflect.get(Object(self), key))
    secrecy.note("span", `${name} ${shown(attributes)} ${shown(events)}`)
    failed(exit, "span")
  })
  const fiber = Object.getPrototypeOf(Effect.runFork(Effect.void))
  before(fiber, "setExitValue", ([exit]) => failed(exit, "fiber"))
  before(fiber, "log", ([message, cause], self) => {
    const annotations: unknown = Reflect.apply(Reflect.get(Object(self), "getFiberRef"), self, [
      FiberRef.currentLogAnnotations,
    ])
    secrecy.note(
      "log",
      [shown(message), Cause.isCause(cause) ? Cause.pretty(cause) : "", shown(annotations)].join("\n"),
    )
  })
}

/** What metrics are called and by what they are told apart. */
export const overhearMetrics = (secrecy: Secrecy): void => {
  for (const { metricKey } of Metric.unsafeSnapshot()) {
    secrecy.note("metric", [metricKey.name, ...metricKey.tags.map(({ key, value }) => `${key}=${value}`)].join(" "))
  }
}

/** What is printed. */
export const overhearConsole = (secrecy: Secrecy, target: object): void => {
  for (const name of ["log", "info", "warn", "error", "debug", "trace", "table", "dir"]) {
    before(target, name, (args) => secrecy.note("console", args.map(shown).join(" ")))
  }
}

const overhearStreams = (secrecy: Secrecy): void => {
  for (const [name, stream] of [
    ["stdout", process.stdout],
    ["stderr", process.stderr],
  ] as const) {
    const tell = secrecy.stream(name)
    before(stream, "write", ([part]) => tell(textOf(part)))
  }
}

const isTokenName = (name: string): boolean => /token|secret/i.test(name)

/** Children: tokens in their environment, and what they print, without making it flow. */
const overhearChildren = (secrecy: Secrecy): void => {
  const spawn = childProcess.spawn
  const overhear = (stream: unknown, where: string): void => {
    if (typeof stream !== "object" || stream === null) return
    const tell = secrecy.stream(where)
    before(stream, "emit", ([event, part]) => {
      if (event === "data") tell(textOf(part))
    })
  }
  const hooked = (...args: ReadonlyArray<unknown>): unknown => {
    const env: unknown = args
      .map((arg) => (typeof arg === "object" && arg !== null ? Reflect.get(arg, "env") : undefined))
      .find(Boolean)
    for (const [name, value] of Object.entries(Object(env))) if (isTokenName(name)) secrecy.learn(value)
    const child: object = Reflect.apply(spawn, childProcess, args)
    overhear(Reflect.get(child, "stdout"), "stdout of a child")
    overhear(Reflect.get(child, "stderr"), "stderr of a child")
    return child
  }
  Reflect.set(childProcess, "spawn", hooked)
}

/** More is not read of a file: what is large was made to be large. */
const MOST_BYTES = 67_108_864

const TOML_TOKEN = /^\s*token\s*=\s*["']([^"']+)["']/gm

/** Files of temporary folders before they go, but for those that tests write themselves, which may have whatever they like. */
const overhearFiles = (secrecy: Secrecy): void => {
  const own = new Set<string>()
  const temporary = resolve(tmpdir()) + sep

  const write: Look = ([path, data]) => {
    if (typeof path !== "string") return
    own.add(resolve(path))
    if (path.endsWith(".toml")) for (const [, token] of textOf(data).matchAll(TOML_TOKEN)) secrecy.learn(token)
  }

  const searchIn = (path: string): void => {
    const found = fs.lstatSync(path, { throwIfNoEntry: false })
    if (found?.isDirectory()) for (const name of fs.readdirSync(path)) searchIn(join(path, name))
    if (!found?.isFile() || found.size === 0 || found.size > MOST_BYTES || own.has(path)) return
    secrecy.search(`file ${path}`, fs.readFileSync(path))
  }

  const remove: Look = ([path]) => {
    if (typeof path !== "string" || !resolve(path).startsWith(temporary)) return
    try {
      searchIn(resolve(path))
    } catch {
      // A test may have made a file that cannot be read, or that goes meanwhile.
    }
  }

  for (const name of ["writeFileSync", "appendFileSync"]) before(fs, name, write)
  for (const name of ["writeFile", "appendFile"]) before(fs.promises, name, write)
  for (const name of ["rmSync", "unlinkSync"]) before(fs, name, remove)
  for (const name of ["rm", "unlink"]) before(fs.promises, name, remove)
}

/** Whatever is redacted is secret, and so are the tokens that servers of this process are asked with. */
const learn = (secrecy: Secrecy): void => {
  const registry = globalValue("effect/Redacted/redactedRegistry", () => new WeakMap<object, unknown>())
  before(registry, "set", ([, secret]) => secrecy.learn(secret))
  diagnostics.subscribe("http.server.request.start", (message) => {
    const { request } = Object(message)
    const [, token] = /^Bearer (.+)$/.exec(request.headers.authorization ?? "") ?? []
    secrecy.learn(token)
  })
}

let isInstalled = false

/** Hooks everything, once a process: files of tests may share one. */
export const install = (secrecy: Secrecy): void => {
  if (isInstalled) return
  isInstalled = true
  learn(secrecy)
  overhearEffect(secrecy)
  overhearConsole(secrecy, console)
  overhearStreams(secrecy)
  overhearChildren(secrecy)
  overhearFiles(secrecy)
  syncBuiltinESMExports()
}
