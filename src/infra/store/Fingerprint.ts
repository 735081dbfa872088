/**
 * Telling tokens apart without keeping them, and labels for holders without a known id.
 *
 * The random bytes come from the system (`node:crypto`): they guard a secret, so no seed may foretell them.
 */
import { createHmac, randomBytes } from "node:crypto"
import * as Redacted from "effect/Redacted"

/** The length of a store's secret in bytes. */
export const SECRET_BYTES = 32

/** A new secret for a store. */
export const newSecret = (): Buffer => randomBytes(SECRET_BYTES)

/** The fingerprint of a token: the first 16 bytes of HMAC-SHA-256 under the store's secret. */
export const of = (secret: Uint8Array, credential: Redacted.Redacted): Buffer =>
  createHmac("sha256", secret).update(Redacted.value(credential)).digest().subarray(0, 16)

/** A new label that `isTaken` does not refuse: 8 hexadecimal digits. */
export const newLabel = (isTaken: (label: string) => boolean): string => {
  for (;;) {
    const label = randomBytes(4).toString("hex")
    if (!isTaken(label)) return label
  }
}
