/** The forms in which a secret may be written. */

/** A form of a secret. */
export interface Form {
  readonly name: "plain" | "JSON" | "URL" | "hex" | "base64"
  readonly text: string
}

const SHORTEST = 8

/** Whether a text is one that nobody writes by chance: long enough, and no word or name of a property. */
export const isTelling = (secret: string): boolean =>
  secret.length >= SHORTEST && /[^a-z_ ]/i.test(secret) && new Set(secret).size > 3

const GROUP = 3

/** The characters of base64 that a secret alone decides, where so many bytes stand before it in a group of three. */
const base64After = (secret: string, before: number): string => {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)])
  const whole = bytes.subarray(0, bytes.length - (bytes.length % GROUP))
  return whole.toString("base64").slice(before === 0 ? 0 : before + 1)
}

/** The forms of a secret, each once. */
export const of = (secret: string): ReadonlyArray<Form> => {
  const base64 = [0, 1, 2].map((before) => base64After(secret, before))
  const forms: ReadonlyArray<Form> = [
    { name: "plain", text: secret },
    { name: "JSON", text: JSON.stringify(secret).slice(1, -1) },
    { name: "URL", text: encodeURIComponent(secret.toWellFormed?.() ?? secret) },
    { name: "hex", text: Buffer.from(secret).toString("hex") },
    ...base64.flatMap(
      (text): ReadonlyArray<Form> => [
        { name: "base64", text },
        { name: "base64", text: text.replaceAll("+", "-").replaceAll("/", "_") },
      ],
    ),
  ]
  const seen = new Set<string>()
  return forms.filter(({ text }) => !seen.has(text) && seen.add(text))
}
