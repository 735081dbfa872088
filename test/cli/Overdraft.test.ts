/** What `status` says about pay as you go and blocks, with the API and without it; and whose account a token opens. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import * as AccountSimulator from "../../src/testing/AccountSimulator.js"
import * as StubZoo from "../../src/testing/StubZoo.js"
import { type Ran, run } from "./run.js"

const NOW = Date.now()
const simulated = AccountSimulator.simulate({ seed: 1, from: NOW - 20 * 86_400_000, to: NOW + 86_400_000 })
const customer: StubZoo.StubAccount = {
  id: simulated.id.toUpperCase(),
  organizationId: simulated.organizationId,
  organizationRole: "member",
  tokens: ["customer-token"],
  bodyAt: simulated.bodyAt,
  allowPayAsYouGo: true,
  thresholdBody: '{"effective_amount":0,"default_amount":0,"source":"system_default","version":1}',
  organizationThresholdBody: '{"effective_amount":500.10,"source":"new_source"}',
  organizationBlock: { block: "billing_threshold_reached", block_message: "Pay the open\u001b[31m invoice." },
}

let scope: Scope.CloseableScope
let stub: StubZoo.Service
let folder: string

beforeAll(async () => {
  scope = await Effect.runPromise(Scope.make())
  stub = await Effect.runPromise(StubZoo.make({ accounts: [customer] }).pipe(Scope.extend(scope)))
})
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zoo-runway-overdraft-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const status = (args: ReadonlyArray<string>, token?: string) =>
  run(["status", "--db", join(folder, "history.db"), "--json", ...args], {
    env: token === undefined ? {} : { ZOO_API_TOKEN: token },
  })
const online = (...args: ReadonlyArray<string>) => status(["--base-url", stub.baseUrl, ...args], "customer-token")
const offline = (...args: ReadonlyArray<string>) => status(["--offline", ...args])

const policyOf = (ran: Ran) => {
  expect(ran).toMatchObject({ code: 0, err: "" })
  const { overdraft } = JSON.parse(ran.out)
  return [overdraft.source, overdraft.policy?._tag]
}
const refused = (ran: Ran, code: number, message: string) =>
  expect(ran).toEqual({ code, out: "", err: `zoo-runway: ${message}\n` })

describe("the overdraft policy of zoo-runway status", () => {
  it("is what the API says, and the same offline", async () => {
    expect(policyOf(await online())).toEqual(["given", "PayAsYouGo"])
    expect(policyOf(await offline())).toEqual(["stored", "PayAsYouGo"])
  })

  it("is that of --pay-as-you-go, before what the API says, and is used by later reports offline", async () => {
    expect(policyOf(await online("--pay-as-you-go", "off"))).toEqual(["given", "Blocked"])
    expect(policyOf(await offline("--pay-as-you-go", "on"))).toEqual(["given", "PayAsYouGo"])
    expect(policyOf(await offline())).toEqual(["stored", "PayAsYouGo"])
    expect(policyOf(await offline("--pay-as-you-go", "off"))).toEqual(["given", "Blocked"])
    expect(policyOf(await offline())).toEqual(["stored", "Blocked"])
  })

  it.each(["", "yes", "ON", "true"])("is refused where --pay-as-you-go is %j", async (value) => {
    const ran = await offline("--pay-as-you-go", value)
    refused(ran, 64, `invalid --pay-as-you-go ${JSON.stringify(value)} (on or off)`)
  })
})

describe("the block of zoo-runway status", () => {
  it("is that of a member's organisation, on one line and without escape sequences, online and offline", async () => {
    for (const ran of [await online("--subject", "org"), await offline("--subject", "org")]) {
      expect(ran).toMatchObject({ code: 0, err: "" })
      const block = { reason: "billing_threshold_reached", message: "Pay the open [31m invoice." }
      expect(JSON.parse(ran.out)).toMatchObject({ block, runway: { _tag: "Blocked", ...block } })
    }
  })
})

describe("the collection threshold of zoo-runway status", () => {
  it("is that of the user or the organisation, online and offline", async () => {
    for (const [subject, threshold] of [
      ["me", { amount: "0.00", source: "system_default" }],
      ["org", { amount: "500.10", source: "new_source" }],
    ] as const) {
      const ran = [await online("--subject", subject), await offline("--subject", subject)]
      for (const { code, err, out } of ran) {
        expect({ code, err }).toEqual({ code: 0, err: "" })
        expect(JSON.parse(out).threshold).toEqual(threshold)
      }
    }
  })
})

describe("the account of zoo-runway status --offline", () => {
  it("is found by a UUID in either case, which is shown in lower case", async () => {
    await online()
    for (const id of [simulated.id, simulated.id.toUpperCase()]) {
      const ran = await offline("--subject", `user:${id}`)
      expect(JSON.parse(ran.out)).toMatchObject({ account: { owner: `user:${simulated.id}` } })
    }
  })

  it("is that of the token, at whatever base URL it was asked, and without a token the only one", async () => {
    await online()
    for (const ran of [await offline(), await status(["--offline"], "customer-token")]) {
      expect(JSON.parse(ran.out)).toMatchObject({ account: { owner: `user:${simulated.id}` } })
    }
  })

  it.each(["another-token", "another\ntoken"])(
    "is not the only one of the file where the token %j is not known there, unless it is named",
    async (token) => {
      await online()
      const advice = "name one with --subject, or fetch with this token first"
      refused(
        await status(["--offline"], token),
        66,
        `no history for me: the token is not known in this file; accounts in this file: user:${simulated.id}; ${advice}`,
      )
      const named = await status(["--offline", "--subject", `user:${simulated.id}`], token)
      expect(JSON.parse(named.out)).toMatchObject({ account: { owner: `user:${simulated.id}` } })
      for (const command of ["history", "ledger"]) {
        const ran = await run([command, "--db", join(folder, "history.db")], { env: { ZOO_API_TOKEN: token } })
        expect(ran).toMatchObject({ code: 66, out: "" })
        expect(ran.err).toMatch(/^zoo-runway: no history for me: the token is not known in this file; [^\n]+\n$/)
      }
    },
  )
})
