/**
 * The payment secret of a body: a word that stands in no other, inside `action_client_secret`. It must come out nowhere.
 */
import type { Random } from "./Random.js"
import * as Tree from "./Tree.js"

/** A secret that was planted. */
export interface Secret {
  /** What must not come out: the beginning of the secret's own word. */
  readonly marker: string
  /** The texts of the members that hold it. */
  readonly planted: ReadonlyArray<string>
}

const NAME = "action_client_secret"

/** The key of the field, as a JSON text. */
export const KEY = JSON.stringify(NAME)

const SHAPES: ReadonlyArray<readonly [weight: number, shape: (word: string) => string]> = [
  [6, (word) => `"${word}"`],
  [2, (word) => `"pi_${word}_secret_${word}"`],
  [1, (word) => `"seti ${word}\\n${word}"`],
  [2, (word) => `["${word}"]`],
  [1, (word) => `["a",["${word}",{"b":"${word}"}],null]`],
  [2, (word) => `{"value":"${word}"}`],
  [1, (word) => `{"${word}":1.5}`],
  [1, (word) => `{"${word}":{"${word}":["${word}"]},"a":"${word}"}`],
  [1, (word) => `{"a":"${word}","a":1}`],
  [1, (word) => `{"${word}":1,"${word}":2}`],
  [1, (word) => `${'{"a":'.repeat(58)}{"${word}":1,"${word}":2}${"}".repeat(58)}`],
  [1, (word) => `"${word}",${KEY}:null`],
]

/** Puts a secret into an object, and tells what it is. */
export const plant = (body: Tree.Tree, random: Random): Secret => {
  const digits = `7${random.digits(15)}`
  const isNumber = random.chance(0.05)
  const word = isNumber ? digits : `Z${digits.slice(0, 7)}k${digits.slice(7)}`
  const text = isNumber ? random.pick([word, `[${word}]`, `${word}.5`]) : random.weighted(SHAPES)(word)
  const planted: Array<string> = []
  const details = Tree.get(body, "subscription_details")
  const inner = Tree.get(details, "modeling_app")
  const put = (tree: Tree.Tree | undefined): void => {
    if (tree === undefined || !Tree.isRecord(tree)) return
    tree.members.splice(random.below(tree.members.length + 1), 0, { key: KEY, value: text })
    planted.push(text)
  }
  put(details)
  if (planted.length === 0 || random.chance(0.03)) put(body)
  if (random.chance(0.03)) put(inner)
  return { marker: word.slice(0, 9), planted }
}

const countOf = (text: string, part: string): number => text.split(part).length - 1

/** Whether every secret of a text still stands as it was planted: what was cut up or renamed is nobody's secret any more. */
const isWhole = (text: string, { marker, planted }: Secret): boolean =>
  planted.length > 0 &&
  countOf(text, marker) === planted.reduce((sum, part) => sum + countOf(part, marker), 0) &&
  planted.every((part) => text.includes(part)) &&
  countOf(text, KEY) === planted.reduce((sum, part) => sum + 1 + countOf(part, KEY), 0)

const standsOutside = (json: unknown, marker: string): boolean => {
  if (Array.isArray(json)) return json.some((item) => standsOutside(item, marker))
  if (typeof json !== "object" || json === null) return String(json).includes(marker)
  return Object.entries(json).some(
    ([key, value]) => key !== NAME && (key.includes(marker) || standsOutside(value, marker)),
  )
}

/** Whether a secret that came out of this text should not have: it stands in its field and nowhere else. */
export const isGuarded = (text: string, secret: Secret): boolean => {
  if (!isWhole(text, secret)) return false
  try {
    return !standsOutside(JSON.parse(text.replace(/^\ufeff/, "")), secret.marker)
  } catch {
    // The title of a page is shown on purpose; no other text that is no JSON is.
    return !text.trimStart().startsWith("<")
  }
}
