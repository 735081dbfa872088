import { readdirSync, readFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import { beforeAll, describe, expect, expectTypeOf, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import {
  Balances,
  FetchPolicy,
  Leases,
  Metrics,
  PeriodStatement,
  Poller,
  Pruning,
  RunwayAnalysis,
  SnapshotStore,
  StoreError,
  Subject,
  UsageSeries,
  UsageStore,
  Verification,
  Zoo,
} from "../../src/index.js"
import { AccountSimulator, StubZoo } from "../../src/testing.js"
import { codes, metrics, rowsOf, type Seen, watching } from "./observability/Seen.js"

const project = fileURLToPath(new URL("../..", import.meta.url))
const NOW = Date.parse("2026-09-15T12:00:00Z")

const customer = {
  ...AccountSimulator.simulate({ seed: 3, from: NOW - 86_400_000, to: NOW + 86_400_000, openingStableCents: 123_457 }),
  tokens: ["customer-token"],
}
const employee = { ...StubZoo.exampleAccount, tokens: ["employee-token"] }

/** What must appear nowhere: who somebody is, what they hold, and how much. */
const secrets = [
  ...[customer, employee].flatMap(({ email, id, organizationId, tokens }) => [email, id, organizationId, ...tokens]),
  "41.26",
  "1234.57",
]

const breathe = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))
const until = (condition: () => boolean) => Effect.repeat(breathe, { until: condition })
const ended = (fiber: Fiber.RuntimeFiber<unknown, unknown>) => () => fiber.unsafePoll() !== null

const get = (subject: Subject.Subject, options?: Balances.GetOptions) =>
  Effect.flatMap(Balances.Balances, (balances) => Effect.exit(balances.get(subject, options)))

const world = Effect.gen(function* () {
  yield* TestClock.setTime(NOW)
  const stub = yield* StubZoo.make({ accounts: [customer, employee] })
  return { stub, own: { baseUrl: stub.baseUrl, token: Redacted.make("customer-token") } }
})

const folder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "zoo-runway-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true })),
)

const drifting = StubZoo.exampleBody.replace("{", '{"brand_new":true,')

/** Every cause for which a call can fail, and what the stub does for it. */
const faults: Readonly<Record<string, StubZoo.Fault>> = {
  server: { status: 503 },
  network: "close",
  timeout: "silence",
  rate_limited: { status: 429 },
  unexpected_body: { status: 200, body: "{" },
  unauthorized: { status: 401 },
  forbidden: { status: 403 },
  not_found: { status: 404 },
  request_rejected: { status: 400 },
}

/** Reads of every kind, of every subject. */
const reads = Effect.gen(function* () {
  const { own, stub } = yield* world
  const credential = Redacted.make("employee-token")
  yield* Effect.gen(function* () {
    for (let i = 0; i < 3; i++) yield* get(Subject.me)
    yield* get(Subject.org)
    yield* get(Subject.user(customer.id), { credential })
    yield* get(Subject.anyOrg(customer.organizationId), { credential })
    yield* get(Subject.me, { credential, includeTotalDue: false })
    yield* get(Subject.me, { policy: FetchPolicy.cacheOnly })
    stub.failNext({ status: 200, body: drifting })
    yield* get(Subject.me, { policy: FetchPolicy.refresh })
    yield* TestClock.adjust("6 minutes")
    const behind = FetchPolicy.cacheFirst({ maxAge: "1 minute", staleWhileRevalidate: "1 hour" })
    const before = stub.requests.length
    yield* get(Subject.me, { policy: behind })
    yield* until(() => stub.requests.length > before)
    yield* get(Subject.me, { policy: FetchPolicy.refresh })
    yield* get(Subject.me, { credential: Redacted.make("no\ntoken") })
    for (const fault of Object.values(faults)) {
      yield* TestClock.adjust("2 hours")
      stub.failNext(fault)
      const asking = yield* Effect.fork(get(Subject.me))
      if (fault === "silence") {
        const before = stub.requests.length
        yield* until(() => stub.requests.length > before)
        yield* TestClock.adjust("10 seconds")
      }
      yield* Fiber.await(asking)
      yield* get(Subject.me)
      yield* TestClock.adjust("2 hours")
      yield* get(Subject.me, { policy: FetchPolicy.refresh })
    }
  }).pipe(Effect.provide(Zoo.layerTest(own)))
})

/** A call that is made again. */
const retries = Effect.gen(function* () {
  const { own, stub } = yield* world
  const limits = { ...own, attempts: 2, callsPerSecond: Number.POSITIVE_INFINITY }
  stub.failNext({ status: 503 })
  const asking = yield* Effect.fork(Effect.provide(get(Subject.me), Zoo.layerTest(limits)))
  yield* Effect.repeat(Effect.zipRight(TestClock.adjust("1 second"), breathe), { until: ended(asking) })
})

/** Reports and checks, one that fails among them. */
const analyses = Effect.gen(function* () {
  const { own } = yield* world
  const database = join(yield* folder, "history.db")
  yield* Effect.gen(function* () {
    const analysis = yield* RunwayAnalysis.RunwayAnalysis
    yield* analysis.report(Subject.me)
    yield* Effect.exit(analysis.report(Subject.me, { credential: Redacted.make("a-stranger's") }))
    yield* usageAtRest
    yield* Verification.file
    yield* Stream.runDrain(Verification.all)
  }).pipe(Effect.provide(Zoo.layer({ ...own, database, synchronous: "NORMAL" })))
})

/** Usage that is stored, cannot be stored, and outlives the snapshots that it was computed from. */
const usageAtRest = Effect.gen(function* () {
  const [store, usage] = [yield* SnapshotStore.SnapshotStore, yield* UsageStore.UsageStore]
  const account = yield* Effect.flatMap(Balances.Balances, (balances) => balances.accountOf(Subject.me))
  const newest = Option.getOrThrow(yield* store.latest(account))
  yield* store.append({ ...newest, observedAt: DateTime.subtract(newest.observedAt, { days: 2 }) })
  const series = Effect.flatMap(UsageSeries.UsageSeries, (each) => each.series({ account }))
  const full = new StoreError.StoreFull({ operation: "UsageStore.fill" })
  const unfilled = UsageSeries.layer.pipe(
    Layer.provide(Layer.succeed(UsageStore.UsageStore, { ...usage, fill: () => Effect.fail(full) })),
  )
  yield* Effect.provide(series, unfilled)
  yield* Effect.flatMap(UsageSeries.UsageSeries, (each) => each.ledger({ account }))
  yield* PeriodStatement.of(account)
  yield* Pruning.run({ account, before: newest.observedAt })
})

/** Two processes' worth of services over one file, of which one asks and both are answered. */
const shared = Effect.gen(function* () {
  const { own, stub } = yield* world
  const layer = Zoo.layer({ ...own, database: join(yield* folder, "history.db"), synchronous: "NORMAL" })
  const [one, two] = [yield* Layer.build(Layer.fresh(layer)), yield* Layer.build(Layer.fresh(layer))]
  const asking = yield* Effect.fork(
    Effect.all([Effect.provide(get(Subject.me), one), Effect.provide(get(Subject.me), two)], { concurrency: 2 }),
  )
  yield* Effect.repeat(Effect.zipRight(TestClock.adjust("5 millis"), breathe), { until: ended(asking) })
  expect(stub.requests.filter(({ url }) => url.includes("balance"))).toHaveLength(1)
})

/** A history that takes nothing, and leases that nobody can get at. */
const broken = Effect.gen(function* () {
  const { own } = yield* world
  const store = Layer.map(SnapshotStore.layerMemory, (context) => {
    const kept = Context.get(context, SnapshotStore.SnapshotStore)
    const full = Effect.fail(new StoreError.StoreFull({ path: "history.db", operation: "append" }))
    return context.pipe(
      Context.add(SnapshotStore.SnapshotStore, { ...kept, append: () => full }),
      Context.add(Leases.Leases, { take: () => Effect.die("out of reach"), isHeld: () => Effect.die("out of reach") }),
    )
  })
  const layer = Zoo.layerOver({ ...own, attempts: 1 }).pipe(Layer.provide(store))
  yield* Effect.provide(get(Subject.me), layer)
})

/** A poller whose looks succeed, fail and break. */
const polls = Effect.gen(function* () {
  const { own, stub } = yield* world
  const watched = (events: number, subject: Subject.Subject) =>
    Effect.gen(function* () {
      const poller = yield* Poller.Poller
      const told = yield* Effect.fork(Stream.runDrain(Stream.take(poller.events, events)))
      yield* breathe
      yield* poller.watch({ subject })
      yield* until(ended(told))
    }).pipe(Effect.scoped)
  yield* Effect.provide(
    watched(1, Subject.me),
    Zoo.layerTest({ ...own, poller: { crossing: () => Effect.die("no expectation") } }),
  )
  stub.failNext({ status: 503 })
  yield* Effect.provide(watched(1, Subject.user(customer.id)), Zoo.layerTest(own))
  const breaking = Layer.succeed(Balances.Balances, {
    get: () => Effect.die("broken"),
    refresh: () => Effect.die("broken"),
    changes: () => Stream.die("broken"),
    told: () => Effect.die("broken"),
    accountOf: () => Effect.die("broken"),
    historyOf: () => Effect.die("broken"),
  })
  yield* Effect.provide(watched(1, Subject.me), Layer.provide(Poller.layer(), breaking))
})

const everything = Effect.all([reads, retries, analyses, shared, broken, polls], { discard: true })

describe("What a host can see", () => {
  const table = rowsOf(readFileSync(join(project, "docs/observability.md"), "utf8"))
  const firsts = (title: string) => table(title).map(([first = ""]) => first)
  const cell = (title: string, first: string, column: number) => table(title).find((row) => row[0] === first)?.[column]
  const distinct = (all: Iterable<string>) => [...new Set(all)].sort()
  let seen: Seen
  /** What the services log, without what Effect itself says at debug level of fibers that fail. */
  let lines: Seen["lines"]

  beforeAll(async () => {
    const layer = Layer.merge(FetchHttpClient.layer, TestContext.TestContext)
    seen = await Effect.runPromise(watching(everything).pipe(Effect.scoped, Effect.provide(layer)))
    lines = seen.lines.filter(({ message }) => !message.startsWith("Fiber terminated"))
  })

  it("is every span that is written down, and none besides", () => {
    expect(distinct(seen.spans.map(({ name }) => name))).toEqual(firsts("span").toSorted())
  })

  it("is every attribute that is written down for a span, and none besides", () => {
    for (const name of firsts("span")) {
      const written = cell("span", name, 2) ?? ""
      const of = written.startsWith("as ") ? (cell("span", codes(written)[0] ?? "", 2) ?? "") : written
      const found = seen.spans.filter((span) => span.name === name).flatMap(({ attributes }) => [...attributes.keys()])
      expect(codes(of), name).toEqual(expect.arrayContaining(distinct(found)))
    }
    const found = distinct(seen.spans.flatMap(({ attributes }) => [...attributes.keys()]))
    expect(found).toEqual(firsts("attribute").toSorted())
  })

  it("is every metric that is written down, of the kind and with the labels that are, and none besides", () => {
    const written = table("metric").map(([name = "", kind = "", labels = ""]) => `${name} ${kind} ${codes(labels)}`)
    const found = distinct(seen.metrics.map(({ name }) => name)).map((name) => {
      const all = seen.metrics.filter((metric) => metric.name === name)
      const labels = new Set(all.flatMap((metric) => metric.labels.map(([key]) => key)))
      return `${name} ${all[0]?.kind} ${[...labels].sort().reverse()}`
    })
    expect(found).toEqual(written.toSorted())
  })

  it("has no other values of labels than those that are written down", () => {
    const found = seen.metrics.flatMap(({ labels }) => labels)
    for (const label of firsts("label")) {
      const values = distinct(found.flatMap(([key, value]) => (key === label ? [value] : [])))
      const written = codes(cell("label", label, 1))
      expect(
        values.filter((value) => !written.includes(value)),
        label,
      ).toEqual([])
      expect(values.length, label).toBeGreaterThan(0)
    }
    expect(distinct(found.flatMap(([key, value]) => (key === "outcome" ? [value] : [])))).toEqual(
      [...codes(cell("label", "outcome", 1))].sort(),
    )
  })

  it("is every log line that is written down, from the module and at the level that are, and none besides", () => {
    const written = table("level").map(([level = "", module = "", message = ""]) => ({ level, module, message }))
    const unknown = lines.filter(
      ({ annotations, level, message }) =>
        !written.some(
          (row) => row.level === level && row.module === annotations["module"] && message.includes(row.message),
        ),
    )
    expect(unknown).toEqual([])
    const missing = written.filter(({ message }) => !lines.some((line) => line.message.includes(message)))
    expect(missing).toEqual([])
  })

  it("is written down for as many log calls as the sources have", () => {
    const files = ["domain", "infra", "services"].flatMap((floor) =>
      readdirSync(join(project, "src", floor), { recursive: true, encoding: "utf8" }).map((path) => join(floor, path)),
    )
    const calls = files
      .filter((path) => path.endsWith(".ts"))
      .flatMap((path) => [...readFileSync(join(project, "src", path), "utf8").matchAll(/\bEffect\.log[A-Z]?\w*\(/g)])
    expect(calls).toHaveLength(table("level").length)
  })

  it("names the package on every log line", () => {
    expect(lines.length).toBeGreaterThan(0)
    for (const { annotations } of lines) expect(annotations).toMatchObject({ package: "zoo-runway" })
  })

  it("names spans Module.method, and metrics after what Prometheus asks for", () => {
    for (const { name } of seen.spans) expect(name).toMatch(/^[A-Z][A-Za-z]+\.[a-z][A-Za-z]+$/)
    for (const { kind, name } of seen.metrics) {
      expect(name).toMatch(/^zoo_runway_[a-z_]+$/)
      expect(name.endsWith("_total"), name).toBe(kind === "counter")
    }
  })

  it("holds nobody's id, token or money", () => {
    const aboveDebug = lines.filter(({ level }) => level !== "Debug")
    const events = seen.spans.flatMap(({ events }) => events)
    const told = [
      ...seen.spans.flatMap(({ attributes, name }) => [name, ...attributes.values()]),
      ...events.filter(({ attributes }) => attributes["effect.logLevel"] !== "DEBUG").map(({ name }) => name),
      ...aboveDebug.flatMap(({ annotations, message }) => [message, ...Object.values(annotations)]),
      ...seen.metrics.flatMap(({ labels, name }) => [name, ...labels.flat()]),
    ].map(String)
    for (const secret of secrets) {
      expect(told.filter((text) => text.includes(secret))).toEqual([])
    }
  })

  it("names nobody and holds no token, at debug level neither", () => {
    const told = seen.lines.filter(({ level }) => level === "Debug").map(({ message }) => message)
    expect(told.length).toBeGreaterThan(0)
    for (const secret of ["customer-token", "employee-token", customer.id]) {
      expect(told.filter((text) => text.includes(secret))).toEqual([])
    }
  })

  it("has no lines of Effect's own about flights that fail, which are their callers' to tell", () => {
    expect(seen.lines.filter(({ message }) => message.startsWith("Fiber terminated"))).toEqual([])
  })

  it("has spans that end, below the spans of those who asked", () => {
    for (const { endTime, name } of seen.spans) expect(endTime, name).toBeDefined()
    const parents = (of: string) =>
      distinct(seen.spans.flatMap(({ name, parent }) => (name === of ? [`${parent}`] : [])))
    expect(parents("Balances.fetch")).toEqual(["Balances.get"])
    expect(parents("ZooClient.balance")).toEqual(["Balances.fetch"])
    expect(parents("Poller.poll")).toEqual(["undefined"])
  })
})

describe("The warning of drift", () => {
  it.scoped("quotes no amount", () =>
    Effect.gen(function* () {
      const { own, stub } = yield* world
      stub.failNext({ status: 200, body: StubZoo.exampleBody.replace('"41.26"', '"41.2600000001"') })
      const { lines } = yield* watching(Effect.provide(get(Subject.me), Zoo.layerTest(own)))
      expect(lines).toHaveLength(1)
      expect(lines[0]?.message).not.toContain("41.26")
    }).pipe(Effect.provide(FetchHttpClient.layer)),
  )
})

describe("A hit", () => {
  it.scoped("opens no span and logs nothing, but is counted: of the file first, then of memory", () =>
    Effect.gen(function* () {
      const { own } = yield* world
      const services = yield* Layer.build(Zoo.layerTest(own))
      yield* Effect.provide(get(Subject.me), services)
      for (const from of ["file", "memory"]) {
        const hits = Metric.tagged(Metrics.hits, "from", from)
        const { count } = yield* Metric.value(hits)
        const { lines, spans } = yield* watching(Effect.provide(get(Subject.me), services))
        expect({ lines, spans }).toEqual({ lines: [], spans: [] })
        expect((yield* Metric.value(hits)).count).toBe(count + 1)
      }
    }).pipe(Effect.provide(FetchHttpClient.layer)),
  )
})

describe("Gauges", () => {
  const subjectsOf = (all: Seen["metrics"]) =>
    all.flatMap(({ labels }) => labels.flatMap(([key, value]) => (key === "subject" ? [value] : [])))

  it.scoped("tell of those alone whom the host names, under the name that it gives", () =>
    Effect.gen(function* () {
      const { own } = yield* world
      const observe: Balances.Options["observe"] = (subject, isOwn) =>
        subject._tag === "User" && !isOwn ? "our largest customer" : undefined
      yield* Effect.gen(function* () {
        yield* get(Subject.me)
        yield* get(Subject.user(customer.id), { credential: Redacted.make("employee-token") })
      }).pipe(Effect.provide(Zoo.layerTest({ ...own, observe })))
      const named = subjectsOf(yield* metrics).filter((name) => name !== "me" && name !== "org")
      expect(new Set(named)).toEqual(new Set(["our largest customer"]))
    }).pipe(Effect.provide(FetchHttpClient.layer)),
  )
})

describe("A host", () => {
  /** A client of a database of the host's own, which breaks as soon as it is looked at. */
  class SqlClient extends Context.Tag("@effect/sql/SqlClient")<SqlClient, object>() {}
  const untouchable = new Proxy(
    {},
    {
      get: (_, key) => {
        throw new Error(`the host's SqlClient was touched: ${String(key)}`)
      },
    },
  )

  it.effect("has its own SqlClient left alone", () =>
    watching(everything).pipe(
      Effect.scoped,
      Effect.provide(FetchHttpClient.layer),
      Effect.provideService(SqlClient, untouchable),
    ),
  )

  it.scoped("is asked the time, for its settings, and for its tracer and logger, and nobody else is", () =>
    Effect.gen(function* () {
      const { stub } = yield* world
      const settings = {
        ZOO_HOST: stub.baseUrl,
        ZOO_API_TOKEN: "customer-token",
        ZOO_RUNWAY_DATABASE: join(yield* folder, "history.db"),
      }
      stub.failNext({ status: 200, body: drifting })
      const asked = Effect.gen(function* () {
        const balances = yield* Balances.Balances
        const { snapshot } = yield* balances.get(Subject.me)
        expect(snapshot.observedAt.epochMillis).toBe(NOW)
      }).pipe(
        Effect.provide(Zoo.layerConfig),
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(settings)))),
      )
      const { lines, spans } = yield* watching(asked)
      expect(lines.map(({ level }) => level)).toEqual(["Warning"])
      expect(spans.map(({ name, startTime }) => [name, startTime])).toEqual(
        ["Balances.get", "Balances.fetch", "ZooClient.balance", "ZooClient.user", "ZooClient.userThreshold"].map(
          (name) => [name, BigInt(NOW) * 1_000_000n],
        ),
      )
    }).pipe(Effect.provide(FetchHttpClient.layer)),
  )

  it("is asked for an HttpClient alone, and offline for nothing", () => {
    type Asked<L> = L extends Layer.Layer<infer _A, infer _E, infer R> ? R : "no layer"
    expectTypeOf<Asked<ReturnType<typeof Zoo.layer>>>().toEqualTypeOf<HttpClient.HttpClient>()
    expectTypeOf<Asked<typeof Zoo.layerConfig>>().toEqualTypeOf<HttpClient.HttpClient>()
    expectTypeOf<Asked<ReturnType<typeof Zoo.layerTest>>>().toEqualTypeOf<HttpClient.HttpClient>()
    expectTypeOf<Asked<ReturnType<typeof Zoo.layerOffline>>>().toEqualTypeOf<never>()
  })
})
