import { join } from "node:path"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Subject from "../../src/domain/balance/Subject.js"
import * as Account from "../../src/domain/history/Account.js"
import * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as SnapshotStore from "../../src/infra/SnapshotStore.js"
import { AccountDirectory } from "../../src/infra/store/AccountDirectory.js"
import * as Accounts from "../../src/services/Accounts.js"
import * as Balances from "../../src/services/Balances.js"
import * as Zoo from "../../src/services/Zoo.js"
import * as StubZoo from "../../src/testing/StubZoo.js"
import * as Samples from "../infra/store/Samples.js"
import * as TempFolder from "../infra/store/TempFolder.js"

const NOW = Date.parse("2026-09-15T12:00:00Z")
const { id, organizationId } = StubZoo.exampleAccount

describe("the account of a fresh balance", () => {
  /** Asks for a subject in the name of a token. */
  const asked = (
    account: StubZoo.StubAccount,
    subject: Subject.Subject,
    faults: ReadonlyArray<StubZoo.Fault | undefined> = [],
  ) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const stub = yield* StubZoo.make({ accounts: [account] })
      const body = { status: 200, body: StubZoo.exampleBody }
      if (faults.length > 0) stub.failNext(body, ...faults.map((fault) => fault ?? body))
      const token = Redacted.make("example-token")
      const get = Effect.flatMap(Balances.Balances, (balances) => balances.refresh(subject))
      const { snapshot, warnings } = yield* Effect.provide(get, Zoo.layerTest({ baseUrl: stub.baseUrl, token }))
      return {
        owner: Account.formatOwner(snapshot.account.owner),
        warnings: warnings.map(({ _tag }) => _tag),
        urls: stub.requests.slice(1).map(({ url }) => url),
      }
    }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer))

  const threshold = "/org/billing/usage-collection-threshold"

  it.effect.each(["admin", "member", "service_account"] as const)(
    "of org is the organisation of a token whose role is %s",
    (organizationRole) =>
      Effect.gen(function* () {
        const found = yield* asked({ ...StubZoo.exampleAccount, organizationRole }, Subject.org)
        expect(found).toEqual({ owner: `org:${organizationId}`, warnings: [], urls: ["/user/org", threshold] })
      }),
  )

  it.effect("of org is told by GET /org to an administrator where GET /user/org is not there", () =>
    Effect.gen(function* () {
      const found = yield* asked(StubZoo.exampleAccount, Subject.org, [{ status: 404 }])
      expect(found).toEqual({ owner: `org:${organizationId}`, warnings: [], urls: ["/user/org", "/org", threshold] })
    }),
  )

  it.effect.each([
    ["a member may ask neither", { organizationRole: "member" }, [{ status: 403 }]],
    ["the API is down", {}, [{ status: 503 }]],
    ["the user has no organisation", {}, [{ status: 404 }, { status: 404 }]],
  ] as const)("of org is a label where %s", ([_, more, faults]) =>
    Effect.gen(function* () {
      const found = yield* asked({ ...StubZoo.exampleAccount, ...more }, Subject.org, faults)
      expect(found.owner).toMatch(/^me:[0-9a-f]{8}$/)
      expect(found.warnings).toEqual(["NotResolved"])
    }),
  )

  it.effect.each([
    ["me", Subject.me, `user:${id}`],
    ["org", Subject.org, `org:${organizationId}`],
    ["user:ID", { _tag: "User", id: id.toUpperCase() }, `user:${id}`],
    ["org:ID", { _tag: "AnyOrg", id: organizationId.toUpperCase() }, `org:${organizationId}`],
  ] as const)("of %s has its UUID in lower case, however the API or the caller writes it", ([_, subject, owner]) =>
    Effect.gen(function* () {
      const upper = { ...StubZoo.exampleAccount, id: id.toUpperCase(), organizationId: organizationId.toUpperCase() }
      expect(yield* asked(upper, subject)).toMatchObject({ owner, warnings: [] })
    }),
  )
})

describe("a UUID in upper case", () => {
  it.scoped("reads what was stored under it in lower case, and is stored with it", () =>
    Effect.gen(function* () {
      const store = yield* SnapshotStore.SnapshotStore
      const upper: Account.Account = {
        baseUrl: Samples.user.baseUrl,
        owner: { _tag: "User", id: Samples.UUID.toUpperCase() },
      }
      yield* store.append(Samples.snapshot(0, "2.00"))
      yield* store.append(Snapshot.make(upper, Samples.at(1), Samples.balance("1.00")))
      expect(yield* store.listAccounts).toEqual([Samples.user])
      for (const account of [upper, Samples.user]) expect(yield* store.count(account)).toBe(2)
    }).pipe(Effect.provide(SnapshotStore.layerMemory)),
  )
})

describe("the account that a subject means offline", () => {
  const elsewhere = Account.user("https://api.example.com", "ada")
  const ada = Account.user(Account.DEFAULT_BASE_URL, "ada")
  const bob = Account.user(Account.DEFAULT_BASE_URL, "bob")
  const works = Account.organization(Account.DEFAULT_BASE_URL, "works")
  const label = Samples.labelled

  interface Opened {
    readonly token: string
    readonly subject: Subject.Subject
    readonly account: Account.Account
  }

  /** What a subject means in a file with some accounts, some of which tokens opened. */
  const meant = (
    accounts: ReadonlyArray<Account.Account>,
    opened: ReadonlyArray<Opened>,
    subject: Subject.Subject,
    { baseUrl, label, token }: { readonly baseUrl?: string; readonly label?: string; readonly token?: string } = {},
  ) =>
    Effect.gen(function* () {
      const [store, directory] = [yield* SnapshotStore.SnapshotStore, yield* AccountDirectory]
      for (const account of accounts) {
        yield* store.append(Snapshot.make(account, Samples.at(0), Samples.balance("1.00")))
      }
      for (const each of opened) {
        const holder = { baseUrl: each.account.baseUrl, credential: Redacted.make(each.token), subject: each.subject }
        yield* directory.remember(holder, each.account)
      }
      const credential = Option.map(Option.fromNullable(token), (text) => Redacted.make(text))
      return yield* Effect.either(
        Accounts.findOffline(store, directory, {
          subject,
          baseUrl: Option.fromNullable(baseUrl),
          credential,
          label: Option.fromNullable(label),
        }),
      )
    }).pipe(Effect.provide(SnapshotStore.layerMemory))

  const mine = { token: "mine", subject: Subject.me, account: ada }

  it.effect.each([
    ["me without a token is the only user", [ada, works], [], Subject.me, {}, ada],
    ["org without a token is the only organisation", [ada, works], [], Subject.org, {}, works],
    ["me with a token is the account that it opened", [ada, bob], [mine], Subject.me, { token: "mine" }, ada],
    ["an id without a token is its account", [ada, bob], [], Subject.user("bob"), {}, bob],
    [
      "an id with a token that is not known is its account",
      [ada, bob],
      [mine],
      Subject.user("bob"),
      { token: "x" },
      bob,
    ],
    [
      "me with a token is the account that it opened at another base URL, where none is given",
      [elsewhere, bob],
      [{ ...mine, account: elsewhere }],
      Subject.me,
      { token: "mine" },
      elsewhere,
    ],
    [
      "me with a token is, of accounts at two base URLs, the one at the API's own",
      [elsewhere, ada],
      [{ ...mine, account: elsewhere }, mine],
      Subject.me,
      { token: "mine" },
      ada,
    ],
    [
      "me with a token is, of accounts at two base URLs, the one at the base URL that is given",
      [elsewhere, ada],
      [{ ...mine, account: elsewhere }, mine],
      Subject.me,
      { token: "mine", baseUrl: elsewhere.baseUrl },
      elsewhere,
    ],
  ] as const)("%s", ([_, accounts, opened, subject, options, account]) =>
    Effect.gen(function* () {
      expect(yield* meant(accounts, opened, subject, options)).toMatchObject({ _tag: "Right", right: account })
    }),
  )

  it.effect.each([
    ["where the file has other accounts, and without a token", [ada, label], {}],
    ["with a token that is not known", [ada, label], { token: "x" }],
    ["with a token that opened another account", [ada, label], { token: "mine" }],
  ] as const)("by a label is the account of that label %s", ([_, accounts, options]) =>
    Effect.gen(function* () {
      const found = yield* meant(accounts, [mine], Subject.me, { ...options, label: "0badcafe" })
      expect(found).toMatchObject({ _tag: "Right", right: label })
    }),
  )

  it.effect.each([
    ["is not stored", [ada], {}],
    ["is stored at another base URL", [ada, label], { baseUrl: elsewhere.baseUrl }],
    ["is the id of a user", [ada, Account.user(Account.DEFAULT_BASE_URL, "0badcafe")], {}],
  ] as const)("by a label is none where the label %s, and the message names it", ([_, accounts, options]) =>
    Effect.gen(function* () {
      const found = yield* meant(accounts, [mine], Subject.me, { ...options, label: "0badcafe" })
      if (found._tag === "Right") return expect.fail("an account was found")
      expect(found.left.message).toMatch(/^no history for me:0badcafe; accounts in this file: /)
    }),
  )

  const unknown = "no history for me: the token is not known in this file; accounts in this file: "

  it.effect.each([
    ["the file has one user", [ada], [], Subject.me, {}, `${unknown}user:ada`],
    ["the only user was opened by another token", [ada], [mine], Subject.me, {}, `${unknown}user:ada`],
    [
      "the token opened an id alone",
      [ada],
      [{ ...mine, token: "x", subject: Subject.user("ada") }],
      Subject.me,
      {},
      `${unknown}user:ada`,
    ],
    ["the token has a label alone", [label], [], Subject.me, {}, `${unknown}me:0badcafe`],
    [
      "the token opened an account at another base URL than the one that is given",
      [ada],
      [{ ...mine, token: "x" }],
      Subject.me,
      { baseUrl: elsewhere.baseUrl },
      `${unknown}user:ada`,
    ],
    [
      "the file has one organisation",
      [works],
      [],
      Subject.org,
      {},
      "no history for org: the token is not known in this file; accounts in this file: org:works",
    ],
    [
      "the token opened the user of an organisation",
      [ada, works],
      [{ ...mine, token: "x" }],
      Subject.org,
      {},
      "no history for org: the token is not known in this file; accounts in this file: org:works, user:ada",
    ],
    [
      "the file is empty",
      [],
      [],
      Subject.me,
      {},
      "no history for me: the token is not known in this file; the file has no accounts",
    ],
  ] as const)("with a token is none by guess where %s", ([_, accounts, opened, subject, options, message]) =>
    Effect.gen(function* () {
      const found = yield* meant(accounts, opened, subject, { token: "x", ...options })
      expect(found).toMatchObject({ _tag: "Left", left: { _tag: "NothingCached", isTokenUnknown: true, message } })
      expect(JSON.stringify(found)).not.toContain('"x"')
    }),
  )

  it.effect("without a token is none where the file has several", () =>
    Effect.gen(function* () {
      expect(yield* meant([ada, bob], [mine], Subject.me)).toMatchObject({
        _tag: "Left",
        left: { message: "no history for me; accounts in this file: user:ada, user:bob" },
      })
    }),
  )

  it.scoped("is refused by Zoo.layerOffline with a token that is not known, and found without one", () =>
    Effect.gen(function* () {
      const database = join(yield* TempFolder.make, "history.db")
      yield* TestClock.setTime(NOW)
      yield* Effect.flatMap(SnapshotStore.SnapshotStore, (store) => store.append(Samples.snapshot(0, "1.00"))).pipe(
        Effect.provide(SnapshotStore.layerSqlite({ path: database })),
      )
      const account = Effect.flatMap(Balances.Balances, (balances) => balances.accountOf(Subject.me))
      expect(yield* Effect.provide(account, Zoo.layerOffline({ database }))).toEqual(Samples.user)
      const token = Redacted.make("another")
      const error = yield* Effect.flip(Effect.provide(account, Zoo.layerOffline({ database, token })))
      expect(error).toMatchObject({ _tag: "NothingCached", isTokenUnknown: true })
    }),
  )
})
