/** JSON text with its digits as they are given: no number passes through a double on its way into the text. */

/** A number by the token that stands for it. */
export interface Digits {
  readonly digits: string
}

/** A member of an object. */
export type Member = readonly [key: string, value: Json]

/** An object by its members, in their order. */
export interface Members {
  readonly members: ReadonlyArray<Member>
}

/** A JSON value that keeps digits and order. */
export type Json = null | boolean | string | Digits | Members | ReadonlyArray<Json>

/** What one text of a value can do otherwise than another. */
export interface Layout {
  /** The token of a text, quotes included. */
  readonly quoted: (text: string) => string
  /** White space between two tokens. */
  readonly space: () => string
  /** The members of an object in the order in which they are written. */
  readonly ordered: (members: ReadonlyArray<Member>) => ReadonlyArray<Member>
}

/** The shortest text, members in the order in which they are given. */
export const compact: Layout = {
  quoted: (text) => JSON.stringify(text),
  space: () => "",
  ordered: (members) => members,
}

/** A number by its token. */
export const number = (digits: string): Digits => ({ digits })

/** An object; what is `undefined` is left out. */
export const object = (...members: ReadonlyArray<Member | undefined>): Members => ({
  members: members.filter((member) => member !== undefined),
})

const isArray = (json: Json): json is ReadonlyArray<Json> => Array.isArray(json)

/** The text of a value. */
export const write = (json: Json, layout: Layout = compact): string => {
  const spaced = (token: string): string => `${layout.space()}${token}${layout.space()}`
  const text = (value: Json): string => {
    if (value === null || typeof value === "boolean") return String(value)
    if (typeof value === "string") return layout.quoted(value)
    if (isArray(value)) return value.length === 0 ? `[${layout.space()}]` : `[${value.map(element).join(",")}]`
    if ("digits" in value) return value.digits
    const members = layout.ordered(value.members)
    return members.length === 0 ? `{${layout.space()}}` : `{${members.map(member).join(",")}}`
  }
  const element = (value: Json): string => spaced(text(value))
  const member = ([key, value]: Member): string => `${spaced(layout.quoted(key))}:${element(value)}`
  return element(json)
}
