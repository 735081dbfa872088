/** The bodies of a seed: each is made from its seed and number alone. */
import * as Corpus from "./Corpus.js"
import * as Bytes from "./mutation/Bytes.js"
import * as Leaves from "./mutation/Leaves.js"
import * as Structure from "./mutation/Structure.js"
import * as Whole from "./mutation/Whole.js"
import { Random } from "./Random.js"
import * as Secret from "./Secret.js"
import * as Tree from "./Tree.js"

/** A body to decode. */
export interface Body {
  readonly content: Uint8Array | string
  readonly secret: Secret.Secret
}

const LAYOUTS: ReadonlyArray<Tree.Layout> = [
  Tree.COMPACT,
  Tree.COMPACT,
  { afterColon: " ", afterComma: " " },
  { afterColon: " ", afterComma: "\r\n\t" },
]

/** How many changes: mostly one or two, seldom many. */
const changes = (random: Random): number => random.pick([0, 1, 1, 1, 1, 1, 1, 2, 2, random.between(3, 9)])

const utf8 = new TextEncoder()

/** Half of a surrogate pair cannot be told in UTF-8: a text that has one stays a text. */
const contentOf = (text: string): Uint8Array | string => (text.isWellFormed() ? utf8.encode(text) : text)

const isWhole = (random: Random): boolean => random.chance(0.04)
const hasBytesChanged = (random: Random): boolean => random.chance(0.12)

/** The body of this number. */
export const make = (seed: number, number: number): Body => {
  const random = new Random(seed, number)
  let body = Tree.copy(random.pick(Corpus.bodies))
  for (let left = changes(random); left > 0; left--) {
    if (random.chance(0.5)) Structure.mutate(body, random)
    else Leaves.mutate(body, random)
  }
  // Planted last, so that no change of the body takes it out of its field.
  let secret = Secret.plant(body, random)
  if (isWhole(random)) {
    body = Whole.make(body, random)
    if (!Tree.write(body).includes(secret.marker)) secret = Secret.plant(body, random)
  }
  let content = contentOf(Tree.write(body, random.pick(LAYOUTS)))
  if (typeof content !== "string" && hasBytesChanged(random)) {
    const other = utf8.encode(Tree.write(random.pick(Corpus.bodies)))
    for (let left = random.pick([1, 1, 2, 3]); left > 0; left--) content = Bytes.mutate(content, random, other)
  }
  return { content, secret }
}
