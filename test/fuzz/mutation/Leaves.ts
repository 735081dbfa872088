/** Changes of values where values of their kind stand: money, counts, dates, texts. */
import * as Corpus from "../Corpus.js"
import * as Nasty from "../Nasty.js"
import type { Random } from "../Random.js"
import * as Tree from "../Tree.js"
import type { Mutation } from "./Structure.js"

const COUNT = /credits(?:_remaining)?"$|annual_discount"$/
const DATE = /_at"$/

const isMoney = (key: string): boolean => Corpus.MONEY_KEYS.has(key)

const at =
  (belongs: (key: string) => boolean, leaf: (random: Random) => string): Mutation =>
  (body, random) => {
    const places = Tree.places(body).filter((place) => belongs(place.key) && typeof Tree.at(place) === "string")
    if (places.length > 0) Tree.put(random.pick(places), leaf(random))
  }

const isText = (place: Tree.Place): boolean => {
  const tree = Tree.at(place)
  return typeof tree === "string" && tree.startsWith('"')
}

const text: Mutation = (body, random) => {
  const places = Tree.places(body).filter(isText)
  if (places.length > 0) Tree.put(random.pick(places), Nasty.text(random))
}

/** A change of one value. */
export const mutate: Mutation = (body, random) =>
  random.weighted<Mutation>([
    [3, at(isMoney, Nasty.number)],
    [3, at(isMoney, Nasty.money)],
    [3, at((key) => COUNT.test(key) && !isMoney(key), Nasty.count)],
    [3, at((key) => DATE.test(key), Nasty.date)],
    [3, text],
  ])(body, random)
