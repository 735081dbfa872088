/** Changes of what stands where: fields gone, renamed, repeated, swapped, nested, grown. */
import * as Corpus from "../Corpus.js"
import * as Nasty from "../Nasty.js"
import type { Random } from "../Random.js"
import * as Tree from "../Tree.js"

/** Changes a body in place. */
export type Mutation = (body: Tree.Tree, random: Random) => void

const anyPlace = (body: Tree.Tree, random: Random): Tree.Place | undefined => {
  const places = Tree.places(body)
  return places.length === 0 ? undefined : random.pick(places)
}

/** An object of the body and the index of one of its members. */
const anyMember = (body: Tree.Tree, random: Random): { record: Tree.Record; index: number } | undefined => {
  const members = Tree.places(body).filter(({ parent }) => Tree.isRecord(parent))
  if (members.length === 0) return undefined
  const { index, parent } = random.pick(members)
  return Tree.isRecord(parent) ? { record: parent, index } : undefined
}

/** An object of the body, itself included. */
const anyRecord = (body: Tree.Tree, random: Random): Tree.Record | undefined => {
  const records = [body, ...Tree.places(body).map(Tree.at)].filter(Tree.isRecord)
  return records.length === 0 ? undefined : random.pick(records)
}

const insert = (record: Tree.Record, member: Tree.Member, random: Random): void => {
  record.members.splice(random.below(record.members.length + 1), 0, member)
}

const remove: Mutation = (body, random) => {
  const found = anyMember(body, random)
  found?.record.members.splice(found.index, 1)
}

const replace: Mutation = (body, random) => {
  const place = anyPlace(body, random)
  if (place !== undefined) Tree.put(place, Nasty.value(random))
}

const KEYS: ReadonlyArray<string> = [
  ...[
    '"__proto__"',
    '"constructor"',
    '"prototype"',
    '"hasOwnProperty"',
    '"toString"',
    '"toJSON"',
    '"then"',
    '"length"',
  ],
  ...[
    '""',
    '"0"',
    '"1"',
    '"-1"',
    '"type"',
    '"message"',
    '"request_id"',
    '"error_code"',
    '"_tag"',
    '"\\u0000"',
    '"\u2028"',
  ],
  ...[
    '"\\ud800"',
    '"new limit"',
    '"$.x"',
    '"a[0]"',
    '"session_token"',
    '"tot\\u0061l_due"',
    '"\\u005f_proto__"',
    '"total_due "',
  ],
  ...['"TOTAL_DUE"', '"totalDue"', '"\u202ecba"', '"a\\nb"', '"\\"\\\\"', '"is_custom_quote"', '"id"', '"map_id"'],
]

const key = (random: Random): string => {
  if (random.chance(0.6)) return random.pick(KEYS)
  const word = random.word(random.pick([1, 8, 40, 63, 64, 65, 200]))
  return random.chance(0.1) ? `"${word.repeat(100)}"` : `"${word}"`
}

const rename: Mutation = (body, random) => {
  const found = anyMember(body, random)
  const member = found?.record.members[found.index]
  if (found !== undefined && member !== undefined)
    found.record.members[found.index] = { key: key(random), value: member.value }
}

/** Of a repeated key the last value counts: mostly the one that stood there before. */
const repeatKey: Mutation = (body, random) => {
  const found = anyMember(body, random)
  const member = found?.record.members[found.index]
  if (found === undefined || member === undefined) return
  const value = random.chance(0.3) ? Tree.copy(member.value) : Nasty.value(random)
  const index = random.chance(0.7) ? random.below(found.index + 1) : random.below(found.record.members.length + 1)
  for (let times = random.pick([1, 1, 1, 2, 5]); times > 0; times--)
    found.record.members.splice(index, 0, { key: member.key, value: Tree.copy(value) })
}

const addUnknown: Mutation = (body, random) => {
  const record = anyRecord(body, random)
  if (record !== undefined) insert(record, { key: key(random), value: Nasty.value(random) }, random)
}

const PROTOTYPES: ReadonlyArray<Tree.Member> = [
  { key: '"__proto__"', value: '{"updated_at":"2025-01-01T00:00:00Z","polluted":1.5}' },
  { key: '"__proto__"', value: "null" },
  { key: '"__proto__"', value: "[1.5]" },
  { key: '"__proto__"', value: "1.5" },
  { key: '"constructor"', value: '{"prototype":{"polluted":1.5}}' },
  { key: '"constructor"', value: "null" },
]

const addPrototype: Mutation = (body, random) => {
  const record = anyRecord(body, random)
  if (record === undefined) return
  const member = random.pick(PROTOTYPES)
  if (random.chance(0.9)) insert(record, { ...member }, random)
  else {
    // What is required stands behind the prototype alone.
    const value: Tree.Tree = { members: record.members.splice(0) }
    record.members.push({ key: member.key, value })
  }
}

const move: Mutation = (body, random) => {
  const found = anyMember(body, random)
  const [moved] = found?.record.members.splice(found.index, 1) ?? []
  const target = anyRecord(body, random)
  if (moved !== undefined && target !== undefined) insert(target, moved, random)
}

const swap: Mutation = (body, random) => {
  const one = anyPlace(body, random)
  const other = anyPlace(body, random)
  if (one === undefined || other === undefined) return
  // Copies, as one may stand within the other.
  const [first, second] = [Tree.copy(Tree.at(one)), Tree.copy(Tree.at(other))]
  Tree.put(other, first)
  Tree.put(one, second)
}

const wrapped = (tree: Tree.Tree, levels: number, random: Random): Tree.Tree => {
  let text = Tree.write(tree)
  const name = random.chance(0.2) ? random.word(64) : "a"
  for (let level = 0; level < levels; level++) text = random.chance(0.5) ? `[${text}]` : `{"${name}":${text}}`
  return text
}

const nest: Mutation = (body, random) => {
  const levels = random.chance(0.5) ? random.between(1, 5) : random.between(1, 100)
  const record = anyRecord(body, random)
  if (random.chance(0.85) && record !== undefined) {
    insert(record, { key: key(random), value: wrapped(Nasty.value(random), levels, random) }, random)
    return
  }
  const place = anyPlace(body, random)
  if (place !== undefined) Tree.put(place, wrapped(Tree.at(place), levels, random))
}

const SIZES: ReadonlyArray<number> = [0, 1, 2, 15, 16, 50, 51, 200, 999, 1000, 1001, 2000]

const size = (random: Random): number => (random.chance(0.8) ? random.below(60) : random.pick(SIZES))

const MEMBERS: ReadonlyArray<string> = [
  '"modeling"',
  '"public"',
  '"ml"',
  '"family"',
  '"text_to_cad"',
  '{"info":"x"}',
  "1",
  "null",
]

const growList: Mutation = (body, random) => {
  const lists = Tree.places(body).map(Tree.at).filter(Tree.isList)
  if (lists.length === 0) return
  const { items } = random.pick(lists)
  const [first] = items
  const length = size(random)
  items.length = Math.min(items.length, length)
  const any = random.chance(0.2)
  while (items.length < length) items.push(any ? random.pick(MEMBERS) : Tree.copy(first ?? random.pick(MEMBERS)))
}

const growRecord: Mutation = (body, random) => {
  const record = anyRecord(body, random)
  const count = size(random)
  const again = random.chance(0.3)
  for (let index = 0; index < count; index++)
    record?.members.push(Tree.member(again ? `new_${index >> 1}` : `new_${index}`, String(index)))
}

const mix: Mutation = (body, random) => {
  const other = random.pick(Corpus.bodies)
  if (!Tree.isRecord(body) || !Tree.isRecord(other)) return
  for (const { key, value } of other.members) {
    const stands = body.members.some((member) => member.key === key)
    if (stands ? random.chance(0.1) : random.chance(0.5)) insert(body, { key, value: Tree.copy(value) }, random)
  }
}

/** A part of another body in the place of the same name. */
const graft: Mutation = (body, random) => {
  const place = anyPlace(body, random)
  if (place === undefined) return
  const grafts = Tree.places(random.pick(Corpus.bodies)).filter(({ key }) => key === place.key)
  if (grafts.length > 0) Tree.put(place, Tree.copy(Tree.at(random.pick(grafts))))
}

const TYPES = ["flat", "per_user", "contract", "individual", "organization", "tiered"]

/** Another variant, with the fields of the one before. */
const retype: Mutation = (body, random) => {
  const types = Tree.places(body).filter((place) => place.key === '"type"' && typeof Tree.at(place) === "string")
  if (types.length > 0) Tree.put(random.pick(types), JSON.stringify(random.pick(TYPES)))
}

const shuffle: Mutation = (body, random) => {
  const record = anyRecord(body, random)
  const members = record?.members.splice(0) ?? []
  while (members.length > 0) record?.members.push(...members.splice(random.below(members.length), 1))
}

/** A change of structure: mostly one that a balance survives. */
export const mutate: Mutation = (body, random) =>
  random.weighted<Mutation>([
    [2, remove],
    [3, replace],
    [1, rename],
    [6, repeatKey],
    [8, addUnknown],
    [3, addPrototype],
    [1, move],
    [1, swap],
    [4, nest],
    [3, growList],
    [2, growRecord],
    [3, mix],
    [6, graft],
    [4, retype],
    [3, shuffle],
  ])(body, random)
