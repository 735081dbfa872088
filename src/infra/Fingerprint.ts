/**
 * Telling tokens apart without storing them: an HMAC-SHA-256 under a secret, of which 16 bytes are kept. No token can be read from it.
 *
 * The random bytes come from the system (`node:crypto`): they guard a secret, so no seed may foretell them.
 */
import { createHmac, randomBytes } from "node:crypto"
import * as Redacted from "effect/Redacted"
import * as Memo from "./Memo.js"

/** The length of a secret in bytes. */
export const SECRET_BYTES = 32

const FINGERPRINT_BYTES = 16

/** A new secret. */
export const newSecret = (): Buffer => randomBytes(SECRET_BYTES)

/** The fingerprint of a text under a secret: 16 bytes. */
export const of = (secret: Uint8Array, text: string): Buffer =>
  createHmac("sha256", secret).update(text).digest().subarray(0, FINGERPRINT_BYTES)

/** Fingerprints of tokens under a secret, cached by the object that hides the token: the token is not held any longer than its owner holds it. */
export const ofTokens = (secret: Uint8Array): ((token: Redacted.Redacted) => Buffer) =>
  Memo.byObject((token) => of(secret, Redacted.value(token)))
