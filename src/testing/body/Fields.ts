/** Members of an object that may have nothing to say. */
import * as Option from "effect/Option"
import type * as Json from "./Json.js"
import type { Spelling } from "./Spelling.js"

/** Optional members, written as a spelling writes what has nothing to say. */
export interface Fields {
  /** A field that may be absent or `null`. */
  readonly nullable: (name: string, value: Option.Option<Json.Json>) => Json.Member | undefined
  /** A field that may be absent, `null`, or an empty list, which all mean the same. */
  readonly list: (name: string, values: ReadonlyArray<Json.Json>) => Json.Member | undefined
  /** A field that may be absent where its value is the published default, and never `null`. */
  readonly defaulted: (name: string, value: Json.Json, isDefault: boolean) => Json.Member | undefined
}

/** The optional members of a spelling. */
export const of = ({ blank }: Pick<Spelling, "blank">): Fields => ({
  nullable: (name, value) => {
    if (Option.isSome(value)) return [name, value.value]
    return blank() === "absent" ? undefined : [name, null]
  },
  list: (name, values) => {
    if (values.length > 0) return [name, values]
    const form = blank()
    return form === "absent" ? undefined : [name, form === "null" ? null : []]
  },
  defaulted: (name, value, isDefault) => (isDefault && blank() === "absent" ? undefined : [name, value]),
})
