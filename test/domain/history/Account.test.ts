import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Account from "../../../src/domain/history/Account.js"

const baseUrl = (text: string) => Either.getOrNull(Account.parseBaseUrl(text))
const refusal = (text: string) =>
  Either.match(Account.parseBaseUrl(text), { onLeft: (error) => error, onRight: () => undefined })

describe("a base URL", () => {
  it.each([
    ["https://api.zoo.dev", "https://api.zoo.dev"],
    ["https://api.zoo.dev/", "https://api.zoo.dev"],
    ["https://api.zoo.dev///", "https://api.zoo.dev"],
    ["https://api.zoo.dev:443/", "https://api.zoo.dev"],
    ["HTTPS://API.Zoo.DEV", "https://api.zoo.dev"],
    ["https://api.zoo.dev:8443", "https://api.zoo.dev:8443"],
    ["https://api.zoo.dev:80", "https://api.zoo.dev:80"],
    ["https://proxy.example.com/Zoo/v1/", "https://proxy.example.com/Zoo/v1"],
    ["https://proxy.example.com/a/../b/./", "https://proxy.example.com/b"],
    ["https://api.zoo.dev/?", "https://api.zoo.dev"],
    ["https://api.zoo.dev/#", "https://api.zoo.dev"],
    ["https://10.0.0.7", "https://10.0.0.7"],
    ["https://münchen.example", "https://xn--mnchen-3ya.example"],
    ["http://localhost", "http://localhost"],
    ["http://LOCALHOST:80/", "http://localhost"],
    ["http://localhost:3000/api/", "http://localhost:3000/api"],
    ["http://127.0.0.1:8080", "http://127.0.0.1:8080"],
    ["http://127.9.9.9", "http://127.9.9.9"],
    ["http://[::1]:8080/", "http://[::1]:8080"],
    ["https://localhost", "https://localhost"],
  ])("%s is compared as %s", (text, canonical) => {
    expect(baseUrl(text)).toBe(canonical)
    expect(baseUrl(canonical)).toBe(canonical)
  })

  it.each([
    ["", "it is no URL"],
    ["api.zoo.dev", "it is no URL"],
    ["//api.zoo.dev", "it is no URL"],
    ["https://", "it is no URL"],
    ["https://api zoo dev", "it is no URL"],
    ["https://api.zoo.dev:99999", "it is no URL"],
    ["http://api.zoo.dev", "http is for loopback only"],
    ["http://10.0.0.7", "http is for loopback only"],
    ["http://0.0.0.0", "http is for loopback only"],
    ["http://128.0.0.1", "http is for loopback only"],
    ["http://[::2]", "http is for loopback only"],
    ["http://localhost.example.com", "http is for loopback only"],
    ["http://127.0.0.1.example.com", "http is for loopback only"],
    ["http://notlocalhost", "http is for loopback only"],
    ["ftp://localhost", "it is not https"],
    ["file:///etc/hosts", "it is not https"],
    ["ws://localhost", "it is not https"],
    ["javascript:alert(1)", "it is not https"],
    ["localhost:3000", "it is not https"],
    ["https://api.zoo.dev?a=1", "it has a query or fragment"],
    ["https://api.zoo.dev/x#y", "it has a query or fragment"],
  ])("is not %j, because %s", (text, reason) => {
    const shown = text.replace(/[?#].*/, "")
    expect(refusal(text)).toMatchObject({ _tag: "InvalidBaseUrl", input: shown, reason })
    expect(refusal(text)?.message).toBe(
      `${JSON.stringify(shown)} is no base URL (${reason}): give one such as https://api.zoo.dev`,
    )
  })

  it("carries no user name or password, and the refusal shows neither", () => {
    for (const text of [
      "https://Marlene@api.zoo.dev",
      "https://Marlene:Zk41qGm7@api.zoo.dev/x",
      "https://:Zk41qGm7@api.zoo.dev",
      "http://Marlene:Zk41qGm7@localhost:3000",
      "ftp://Marlene:Zk41qGm7@api.zoo.dev",
    ]) {
      const error = refusal(text)
      expect(error?.reason, text).toBe("it carries a user name or password")
      expect(`${error?.message} ${JSON.stringify(error)} ${error?.stack}`).not.toMatch(/Marlene|Zk41qGm7/)
    }
  })

  it("that is long is cut in its refusal", () => {
    expect(refusal(`http://${"x".repeat(5000)}`)?.message.length).toBeLessThan(200)
  })

  it.prop(
    "is in its own canonical form, or refused",
    { url: FastCheck.webUrl({ validSchemes: ["https", "http"], withQueryParameters: true }) },
    ({ url }) => {
      const canonical = baseUrl(url)
      if (canonical === null) {
        expect(refusal(url)).toBeInstanceOf(Account.InvalidBaseUrl)
        expect(url.startsWith("http:") || new URL(url).search !== "").toBe(true)
      } else {
        expect(baseUrl(canonical)).toBe(canonical)
        expect(baseUrl(`${canonical}/`)).toBe(canonical)
        expect(canonical.startsWith("https://") && !canonical.endsWith("/")).toBe(true)
      }
    },
  )
})

describe("an account", () => {
  const zoo = Account.DEFAULT_BASE_URL
  const parts = {
    base: FastCheck.constantFrom(zoo, "http://localhost:3000"),
    id: FastCheck.constantFrom("a", "b", "a:b", "org:a"),
  }
  const made = FastCheck.tuple(
    parts.base,
    parts.id,
    FastCheck.constantFrom(Account.user, Account.organization, Account.labelled),
  ).map(([base, id, make]) => make(base, id))

  it("is written by its owner", () => {
    expect(Account.formatOwner(Account.user(zoo, "x").owner)).toBe("user:x")
    expect(Account.formatOwner(Account.organization(zoo, "x").owner)).toBe("org:x")
    expect(Account.formatOwner(Account.labelled(zoo, "x").owner)).toBe("me:x")
  })

  it("of a user is never that of an organisation or a label with the same id, nor one at another base URL", () => {
    const accounts = [
      Account.user(zoo, "x"),
      Account.organization(zoo, "x"),
      Account.labelled(zoo, "x"),
      Account.user("http://localhost:3000", "x"),
      Account.user(zoo, "y"),
    ]
    for (const [index, one] of accounts.entries()) {
      for (const [other, that] of accounts.entries()) expect(Account.equals(one, that)).toBe(index === other)
    }
  })

  it.prop("equals exactly the account with the same base URL and owner", { a: made, b: made }, ({ a, b }) => {
    const same = a.baseUrl === b.baseUrl && a.owner._tag === b.owner._tag && JSON.stringify(a) === JSON.stringify(b)
    expect(Account.equals(a, b)).toBe(same)
    expect(Account.Order(a, b) === 0).toBe(same)
  })

  it.prop("has a place in one total order", { a: made, b: made, c: made }, ({ a, b, c }) => {
    expect(Account.Order(a, b) + Account.Order(b, a)).toBe(0)
    if (Account.Order(a, b) <= 0 && Account.Order(b, c) <= 0) expect(Account.Order(a, c)).toBeLessThanOrEqual(0)
  })

  it.prop("reads back from what is written of it", { account: Account.Account }, ({ account }) => {
    const written: unknown = JSON.parse(JSON.stringify(Schema.encodeSync(Account.Account)(account)))
    expect(Account.equals(Schema.decodeUnknownSync(Account.Account)(written), account)).toBe(true)
  })

  it("of a UUID is one account, however its letters are written", () => {
    const lower = "ac585dad-c443-433e-9e24-1ac0d8585a08"
    const upper = lower.toUpperCase()
    for (const [make, tag, kind] of [
      [Account.user, "User", "user"],
      [Account.organization, "Organization", "org"],
    ] as const) {
      const account = make(zoo, lower)
      expect(make(zoo, upper)).toStrictEqual(account)
      expect(Account.equals({ baseUrl: zoo, owner: { _tag: tag, id: upper } }, account)).toBe(true)
      expect(Account.Order({ baseUrl: zoo, owner: { _tag: tag, id: upper } }, account)).toBe(0)
      expect(Account.parseOwner(`${kind}:${upper}`)).toStrictEqual(Option.some(account.owner))
      expect(Account.formatOwner({ _tag: tag, id: upper })).toBe(`${kind}:${lower}`)
    }
  })

  it("of an e-mail address or a label keeps the case of its letters", () => {
    expect(Account.equals(Account.user(zoo, "Ada@example.com"), Account.user(zoo, "ada@example.com"))).toBe(false)
    expect(Account.equals(Account.labelled(zoo, "0BADCAFE"), Account.labelled(zoo, "0badcafe"))).toBe(false)
  })

  it("has an owner with an id", () => {
    for (const owner of [
      { _tag: "User", id: "" },
      { _tag: "Organization", id: ".." },
      { _tag: "Labelled" },
      { _tag: "Me" },
    ]) {
      const result = Schema.decodeUnknownEither(Account.Account)({ baseUrl: zoo, owner })
      expect(Either.isLeft(result), JSON.stringify(owner)).toBe(true)
    }
  })

  it.each([
    "https://alice:hunter2@api.zoo.dev",
    "https://alice:hunter2@[bad",
    "alice:hunter2@api.zoo.dev",
    "ftp://alice:hunter2@api.zoo.dev",
    "https://api.zoo.dev/?token=hunter2",
  ])("does not show a password or token of a refused base URL", (text) => {
    const error = refusal(text)
    expect(error?._tag).toBe("InvalidBaseUrl")
    expect(JSON.stringify(error) + String(error?.message)).not.toContain("hunter2")
  })
})
