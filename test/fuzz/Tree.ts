/**
 * JSON texts as trees that can be written wrongly: a leaf is the very text that will stand there, an object may have a key twice, and keys
 * are JSON texts too.
 */

/** The text of a leaf, a list, or an object. */
export type Tree = string | List | Record

/** A list of trees. */
export interface List {
  readonly items: Array<Tree>
}

/** An object: members in order. */
export interface Record {
  readonly members: Array<Member>
}

/** One member; `key` is written as it is, quotes included. */
export interface Member {
  readonly key: string
  value: Tree
}

export const isList = (tree: Tree): tree is List => typeof tree !== "string" && "items" in tree
export const isRecord = (tree: Tree): tree is Record => typeof tree !== "string" && "members" in tree

/** The member of a plain key. */
export const member = (name: string, value: Tree): Member => ({ key: JSON.stringify(name), value })

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g
const NUMBER = "number:"

const fromJson = (json: unknown): Tree => {
  if (Array.isArray(json)) return { items: json.map(fromJson) }
  if (typeof json === "string" && json.startsWith(NUMBER)) return json.slice(NUMBER.length)
  if (typeof json !== "object" || json === null) return JSON.stringify(json)
  return { members: Object.entries(json).map(([name, value]) => member(name, fromJson(value))) }
}

/** The tree of a JSON text, its numbers as they stand there. */
export const parse = (text: string): Tree =>
  fromJson(JSON.parse(text.replace(TOKEN, (token) => (token.startsWith('"') ? token : `"${NUMBER}${token}"`))))

/** A copy that shares nothing. */
export const copy = (tree: Tree): Tree => {
  if (typeof tree === "string") return tree
  if (isList(tree)) return { items: tree.items.map(copy) }
  return { members: tree.members.map(({ key, value }) => ({ key, value: copy(value) })) }
}

/** What stands under a plain key; the last one counts. */
export const get = (tree: Tree | undefined, name: string): Tree | undefined =>
  tree !== undefined && isRecord(tree)
    ? tree.members.findLast(({ key }) => key === JSON.stringify(name))?.value
    : undefined

/** A place of a tree: what it holds can be read and replaced. */
export interface Place {
  /** The key, as a JSON text; of an element that of its list. */
  readonly key: string
  readonly parent: List | Record
  readonly index: number
}

const MOST_PLACES = 2000

/** The places of a tree but its root, outer ones first, as far as {@link MOST_PLACES}. */
export const places = (root: Tree): ReadonlyArray<Place> => {
  const found: Array<Place> = []
  const visit = (tree: Tree, key: string): void => {
    if (typeof tree === "string" || found.length >= MOST_PLACES) return
    const parent = tree
    const values = isList(parent) ? parent.items : parent.members
    for (let index = 0; index < values.length; index++) {
      const place: Place = { key: isList(parent) ? key : (parent.members[index]?.key ?? key), parent, index }
      found.push(place)
      visit(at(place), place.key)
    }
  }
  visit(root, '"$"')
  return found
}

/** What stands at a place. */
export const at = ({ index, parent }: Place): Tree => {
  const tree = isList(parent) ? parent.items[index] : parent.members[index]?.value
  if (tree === undefined) throw new RangeError("no such place")
  return tree
}

/** Puts a tree at a place. */
export const put = ({ index, parent }: Place, tree: Tree): void => {
  if (isList(parent)) parent.items[index] = tree
  else {
    const found = parent.members[index]
    if (found !== undefined) found.value = tree
  }
}

/** How a text is laid out. */
export interface Layout {
  readonly afterColon: string
  readonly afterComma: string
}

export const COMPACT: Layout = { afterColon: "", afterComma: "" }

/** The JSON text of a tree. */
export const write = (tree: Tree, layout: Layout = COMPACT): string => {
  if (typeof tree === "string") return tree
  if (isList(tree)) return `[${tree.items.map((item) => write(item, layout)).join(`,${layout.afterComma}`)}]`
  const members = tree.members.map(({ key, value }) => `${key}:${layout.afterColon}${write(value, layout)}`)
  return `{${members.join(`,${layout.afterComma}`)}}`
}
