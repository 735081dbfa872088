/** Answers that are something else than a balance. */
import * as Nasty from "../Nasty.js"
import type { Random } from "../Random.js"
import * as Tree from "../Tree.js"

const title = (random: Random): string =>
  random.pick([
    "502 Bad Gateway",
    "",
    "Bearer abc was refused",
    "\u202e\u0000",
    "x".repeat(500),
    "Sign in\r\nnow",
    "&lt;",
  ])

/** A page, as a proxy answers, with a script that may hold the body. */
const page = (body: Tree.Tree, random: Random): string => {
  const start = random.pick([
    "<!DOCTYPE html>",
    " \n<html>",
    "<",
    '<?xml version="1.0"?>',
    "<HTML><HEAD>",
    "\ufeff<html>",
  ])
  const heading = random.chance(0.7) ? `<title lang="en">${title(random)}</title>` : ""
  const script = random.pick([Tree.write(body), "{", "[{(".repeat(100), "1,".repeat(12_000), '"'])
  return `${start}${heading}<script>${script}</script></html>`
}

const word = (random: Random): string =>
  random.pick(['"not found"', '"invalid token abc"', '""', "5", "null", Nasty.text(random)])

const apiError = (random: Random): Tree.Tree => ({
  members: [
    { key: '"message"', value: word(random) },
    ...(random.chance(0.8) ? [{ key: '"request_id"', value: Nasty.text(random) }] : []),
    ...(random.chance(0.5) ? [{ key: '"error_code"', value: word(random) }] : []),
    ...(random.chance(0.1) ? [{ key: '"updated_at"', value: Nasty.date(random) }] : []),
  ],
})

const BRACKETS = ["[", "]", "{", "}", '{"a":', "[{", "}]", "[]", "{}", ",", ":", '"']

const brackets = (random: Random): string => {
  if (random.chance(0.5)) return random.pick(BRACKETS).repeat(random.between(1, 200))
  const levels = random.between(1, 100)
  return `${"[".repeat(levels)}${"]".repeat(levels + random.between(-1, 1))}`
}

const anyJson = (random: Random, levels: number): Tree.Tree => {
  if (levels === 0 || random.chance(0.3)) return Nasty.value(random)
  const items = Array.from({ length: random.below(6) }, () => anyJson(random, levels - 1))
  return random.chance(0.5) ? { items } : { members: items.map((value) => ({ key: `"${random.word(3)}"`, value })) }
}

/** The whole of an answer, with the body in it or without. */
export const make = (body: Tree.Tree, random: Random): Tree.Tree =>
  random.weighted<() => Tree.Tree>([
    [3, () => page(body, random)],
    [3, () => apiError(random)],
    [2, () => ({ items: [body] })],
    [1, () => ({ items: Array.from({ length: random.pick([0, 2, 2000, 12_000]) }, () => "1.5") })],
    [1, () => random.pick(["", " ", "\r\n", "\u0000", "\ufeff", "\ufeff\ufeff"])],
    [2, () => brackets(random)],
    [2, () => Nasty.value(random)],
    [2, () => anyJson(random, 4)],
    [
      1,
      () =>
        random.pick([
          "hello",
          "null",
          "OK",
          "upstream connect error",
          "event: ping\ndata: {}\n\n",
          "{}\n{}",
          "PK\u0003\u0004",
        ]),
    ],
    [1, () => ({ members: [{ key: '"data"', value: body }] })],
    [1, () => JSON.stringify(Tree.write(body))],
  ])()
