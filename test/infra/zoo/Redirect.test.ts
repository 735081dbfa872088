import * as Headers from "@effect/platform/Headers"
import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as Attempt from "../../../src/infra/zoo/Attempt.js"

const token = Redacted.make("api-0A1B2C3D4E5F")
const HERE = "https://api.zoo.dev/user/payment/balance?include_total_due=true"

const step = (location: string | undefined, options: { status?: number; from?: string; hops?: number } = {}) =>
  Attempt.redirect(
    { status: options.status ?? 302, headers: Headers.fromInput(location === undefined ? {} : { location }) },
    options.from ?? HERE,
    options.hops ?? 0,
    token,
  )

const refused = (redirect: string) => Attempt.Step.Refuse({ redirect })

describe("Redirect", () => {
  it.each([200, 201, 204, 300, 304, 305, 306, 309, 400, 500])("takes status %i for none", (status) => {
    expect(step("https://api.zoo.dev/else", { status })).toEqual(Attempt.Step.Answered())
  })

  it.each([301, 302, 303, 307, 308])("follows status %i within the origin", (status) => {
    expect(step("https://api.zoo.dev/else", { status })).toEqual(
      Attempt.Step.Follow({ url: "https://api.zoo.dev/else" }),
    )
  })

  it.each([
    ["/v2/user?a=b#part", "https://api.zoo.dev/v2/user?a=b"],
    ["balance/", "https://api.zoo.dev/user/payment/balance/"],
    ["?a=b", "https://api.zoo.dev/user/payment/balance?a=b"],
    ["//api.zoo.dev/x", "https://api.zoo.dev/x"],
    ["HTTPS://API.Zoo.dev:443/x", "https://api.zoo.dev/x"],
    [" /x ", "https://api.zoo.dev/x"],
  ])("reads the Location %j against where it was", (location, url) => {
    expect(step(location)).toEqual(Attempt.Step.Follow({ url }))
  })

  it.each([
    [undefined, "a redirect without a Location"],
    ["", "a redirect without a Location"],
    ["https://", "a redirect whose Location is no URL"],
    ["https://a b/", "a redirect whose Location is no URL"],
    ["https://me:pass@api.zoo.dev/", "a redirect whose Location has a user name or password"],
    ["http://api.zoo.dev/", "a redirect from https to plain http, to http://api.zoo.dev,"],
    ["http://elsewhere.example/", "a redirect from https to plain http, to http://elsewhere.example,"],
    ["https://elsewhere.example/deep?x=1", "a redirect to another origin, https://elsewhere.example,"],
    ["//elsewhere.example/", "a redirect to another origin, https://elsewhere.example,"],
    ["https://api.zoo.dev:8443/", "a redirect to another origin, https://api.zoo.dev:8443,"],
    ["https://api.zoo.dev.elsewhere.example/", "a redirect to another origin, https://api.zoo.dev.elsewhere.example,"],
    ["javascript:alert(1)", "a redirect to another origin, javascript:,"],
    ["data:text/plain,x", "a redirect to another origin, data:,"],
    ["https://аpi.zoo.dev/", "a redirect to another origin, https://xn--pi-6kc.zoo.dev,"],
  ])("refuses the Location %j, and says why", (location, why) => {
    expect(step(location)).toEqual(refused(why))
  })

  it("refuses one to https from http too: another origin is to be set by hand", () => {
    expect(step("https://127.0.0.1:8080/", { from: "http://127.0.0.1:8080/user" })).toEqual(
      refused("a redirect to another origin, https://127.0.0.1:8080,"),
    )
  })

  it("follows three in a row, and refuses the fourth", () => {
    expect([0, 1, 2].map((hops) => step("/x", { hops })._tag)).toEqual(["Follow", "Follow", "Follow"])
    expect(step("/x", { hops: 3 })).toEqual(refused("a redirect after 3 others, to https://api.zoo.dev,"))
  })

  it("refuses what the platform hides", () => {
    expect(step(undefined, { status: 0 })).toEqual(refused("a redirect whose Location the platform hides"))
  })

  it.each([
    ["https://api-0A1B2C3D4E5F.example/", "https://[token].example"],
    ["https://%61pi-0a1b2c3d4e5f.example/", "https://[token].example"],
    ["https://x.api-0a1b2C3D4E5F/", "https://x.[token]"],
    ["api-0A1B2C3D4E5F:x", "[token]:"],
  ])("shows no token where the origin of %j holds one", (location, shown) => {
    expect(step(location)).toEqual(refused(`a redirect to another origin, ${shown},`))
  })

  it.prop(
    "shows no more than an origin of bounded length, and no token",
    [FastCheck.webUrl(), FastCheck.string()],
    (drawn) => {
      const [url, path] = drawn
      for (const location of [url, `${url}/${path}/${Redacted.value(token)}`, `https://${"x".repeat(200)}.example/`]) {
        const found = step(location)
        if (found._tag !== "Refuse") continue
        expect(found.redirect.length).toBeLessThan(160)
        expect(found.redirect).not.toMatch(/\p{Cc}/u)
        expect(found.redirect).not.toContain(Redacted.value(token))
      }
    },
  )
})
