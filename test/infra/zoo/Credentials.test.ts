import { describe, expect, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Credentials from "../../../src/infra/zoo/Credentials.js"

const old = Redacted.make("old-token")

const valueOf = (token: Option.Option<Redacted.Redacted>) => Option.getOrUndefined(Option.map(token, Redacted.value))

/** A place that a token is read from, with how often that was done. */
class Place {
  reads = 0
  token: string | undefined
  constructor(token: string | undefined) {
    this.token = token
  }
  readonly read: Effect.Effect<Option.Option<Redacted.Redacted>, string> = Effect.suspend(() => {
    this.reads++
    return this.token === "broken"
      ? Effect.fail("unreadable")
      : Effect.succeed(Option.map(Option.fromNullable(this.token), (token) => Redacted.make(token)))
  })
}

/** A configuration that is looked up anew each time. */
const changing = (variables: ReadonlyMap<string, string>): ConfigProvider.ConfigProvider => {
  const now = () => ConfigProvider.fromMap(new Map(variables)).flattened
  return ConfigProvider.fromFlat(
    ConfigProvider.makeFlat({
      load: (path, config, split) => now().load(path, config, split),
      enumerateChildren: (path) => now().enumerateChildren(path),
      patch: now().patch,
    }),
  )
}

describe("Credentials", () => {
  it.effect("that are fixed are never another", () =>
    Effect.gen(function* () {
      expect(valueOf(yield* Credentials.fixed(old).current)).toBe("old-token")
      expect(yield* Credentials.fixed(old).renewed(old)).toEqual(Option.none())
      expect(yield* Credentials.fixed(old).renewed(Redacted.make("else"))).toEqual(Option.none())
      expect(yield* Credentials.fixed(undefined).current).toEqual(Option.none())
    }),
  )

  it.effect("are read once and remembered", () =>
    Effect.gen(function* () {
      const source = new Place("old-token")
      const credentials = yield* Credentials.make(source.read)
      source.token = "new-token"
      expect(valueOf(yield* credentials.current)).toBe("old-token")
      expect(valueOf(yield* credentials.current)).toBe("old-token")
      expect(source.reads).toBe(1)
    }),
  )

  it.effect("are read again where the token was refused, and remembered again", () =>
    Effect.gen(function* () {
      const source = new Place("old-token")
      const credentials = yield* Credentials.make(source.read)
      source.token = "new-token"
      expect(valueOf(yield* credentials.renewed(old))).toBe("new-token")
      expect(valueOf(yield* credentials.current)).toBe("new-token")
      expect(source.reads).toBe(2)
    }),
  )

  it.effect("are none to send instead where the same token is read again", () =>
    Effect.gen(function* () {
      const source = new Place("old-token")
      const credentials = yield* Credentials.make(source.read)
      expect(yield* credentials.renewed(old)).toEqual(Option.none())
      expect(yield* credentials.renewed(old)).toEqual(Option.none())
      expect(source.reads).toBe(3)
    }),
  )

  it.effect("are read once for all calls that were refused at once", () =>
    Effect.gen(function* () {
      const source = new Place("old-token")
      const credentials = yield* Credentials.make(Effect.zipRight(Effect.yieldNow(), source.read))
      source.token = "new-token"
      const found = yield* Effect.forEach(Array.from({ length: 50 }), () => credentials.renewed(old), {
        concurrency: "unbounded",
      })
      expect(new Set(found.map(valueOf))).toEqual(new Set(["new-token"]))
      expect(source.reads).toBe(2)
    }),
  )

  it.effect.each(["broken", undefined])("keep what is known where a later read finds %j, and read again", (token) =>
    Effect.gen(function* () {
      const source = new Place("old-token")
      const credentials = yield* Credentials.make(source.read)
      source.token = token
      expect(yield* credentials.renewed(old)).toEqual(Option.none())
      expect(valueOf(yield* credentials.current)).toBe("old-token")
      source.token = "new-token"
      expect(valueOf(yield* credentials.renewed(old))).toBe("new-token")
    }),
  )

  it.effect("cannot be made where the first read fails, and can where it finds none", () =>
    Effect.gen(function* () {
      expect(yield* Effect.flip(Credentials.make(new Place("broken").read))).toBe("unreadable")
      const none = yield* Credentials.make(new Place(undefined).read)
      expect(yield* none.current).toEqual(Option.none())
    }),
  )

  it.effect("let the next read go on where one is interrupted", () =>
    Effect.gen(function* () {
      let reads = 0
      const credentials = yield* Credentials.make(
        Effect.suspend(() => {
          reads++
          return reads === 2 ? Effect.never : Effect.succeedSome(Redacted.make(`token-${reads}`))
        }),
      )
      const stuck = yield* Effect.fork(credentials.renewed(Redacted.make("token-1")))
      yield* Effect.yieldNow()
      const waiting = yield* Effect.fork(credentials.renewed(Redacted.make("token-1")))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(stuck)
      expect(valueOf(yield* Fiber.join(waiting))).toBe("token-3")
    }),
  )

  it.effect("are read with the services and the configuration of their making", () =>
    Effect.gen(function* () {
      class Prefix extends Context.Tag("test/Prefix")<Prefix, string>() {}
      const variables = new Map([["TOKEN", "one"]])
      const credentials = yield* Credentials.make(
        Effect.gen(function* () {
          return Option.some(Redacted.make(`${yield* Prefix}-${yield* Config.string("TOKEN")}`))
        }),
      ).pipe(Effect.provideService(Prefix, "api"), Effect.withConfigProvider(changing(variables)))
      variables.set("TOKEN", "two")
      expect(valueOf(yield* credentials.current)).toBe("api-one")
      expect(valueOf(yield* credentials.renewed(Redacted.make("api-one")))).toBe("api-two")
    }),
  )

  it.effect("are made of whatever an option holds, and show no token", () =>
    Effect.gen(function* () {
      const credentials = yield* Credentials.make(new Place("old-token").read)
      expect(Credentials.of(credentials)).toBe(credentials)
      expect(valueOf(yield* Credentials.of(old).current)).toBe("old-token")
      expect(yield* Credentials.of(undefined).current).toEqual(Option.none())
      expect(JSON.stringify([credentials, Credentials.of(old), yield* credentials.current])).not.toContain("old-token")
    }),
  )
})
