/**
 * Every file of tests ends with a scan: what it printed, logged, traced, failed with, counted and stored has no token in it, and no secret
 * of a payment.
 *
 * Secrets are whatever was wrapped in `Redacted` in this process (every token that the library is given), the bearer tokens that servers of
 * this process were asked with, tokens in the environment of children and in `.toml` files that tests write, and the payment secrets of
 * the fixtures and of the source of the tests. Those that have fewer than 8 characters, or only letters, may be words and are left out. They
 * are looked for plainly, as in JSON strings and URLs, in hex and in base64 wherever they begin in it.
 *
 * It is searched for in
 * - what is printed with `console`, `process.stdout` and `process.stderr`, here and by children that `spawn` starts;
 * - what is logged with Effect, whatever the loggers, levels below the minimum included: messages, causes, annotations;
 * - the spans of the default tracer when they end: names, attributes, events;
 * - the failures and defects of spans and fibers, interruptions aside: message, stack, pretty cause, `inspect` to a depth of 8, JSON;
 * - the names and tags of all metrics;
 * - files under the system's temporary folder when they are removed, up to 64 MiB each, but for those that tests wrote themselves.
 *
 * Two errors of the platform hold a whole request by design, and only what loggers write of them is searched: those of its HTTP server,
 * and those of its client with which fibers within streams end. A span that ends with one of the client's is searched whole.
 *
 * It cannot see errors that are handled within a fiber outside of any span, spans of a tracer that a test brings, compressed bytes, what
 * children do besides printing and leaving files, what is started with anything but `spawn`, files that stay, and a secret that is cut
 * in two, or learnt only after a file has gone or after more than 8 million characters.
 */
import { readdirSync, readFileSync } from "node:fs"
import { afterAll, expect } from "vitest"
import { ofThisFile } from "./Secrecy.js"
import * as Hooks from "./SecrecyHooks.js"

/** The publisher's payment provider writes them so. */
const PAYMENT_SECRET = /\b(?:pi|seti)_\w+_secret_\w+/g

const learnPayments = (text: string): void => {
  for (const [secret] of text.matchAll(PAYMENT_SECRET)) ofThisFile.learn(secret)
}

const revisions = new URL("../fixtures/revisions/", import.meta.url)
for (const name of readdirSync(revisions)) learnPayments(readFileSync(new URL(name, revisions), "utf8"))
const { testPath } = expect.getState()
if (testPath !== undefined) learnPayments(readFileSync(testPath, "utf8"))

Hooks.install(ofThisFile)

afterAll(() => {
  Hooks.overhearMetrics(ofThisFile)
  const findings = ofThisFile.take()
  if (findings.length === 0) return
  const lines = findings.map(({ around, form, where }) => `  ${where} (${form}): ${around}`)
  throw new Error(`secrets were found in what these tests left:\n${[...new Set(lines)].join("\n")}`)
})
