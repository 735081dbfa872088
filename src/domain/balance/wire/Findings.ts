/** What one decode finds on its way: what is wrong, what is odd, and of which revisions the body can be. */
import { type Issue, MOST_ISSUES } from "./BodyRejected.js"
import * as Drift from "./Drift.js"
import * as ExactJson from "./ExactJson.js"
import * as Excerpt from "./Excerpt.js"
import * as Revision from "./Revision.js"

/** Where a value stands: under a key in what stands at the parent. It is written out as a path only for what is found. */
export interface Place {
  readonly parent: Place | undefined
  readonly key: PropertyKey
}

/** Where the body itself stands. */
export const ROOT: Place = { parent: undefined, key: "$" }

const keysOf = (parent: Place, key: PropertyKey): Excerpt.Path => {
  const keys = [key]
  for (let place = parent; place.parent !== undefined && place.parent !== ROOT; place = place.parent)
    keys.unshift(place.key)
  return parent === ROOT ? [] : keys
}

const REQUIRED = "a value (the field is required)"

/** What counts only in bodies that are dated at the revision at `from` or later, and are known to be older than the one at `before`. */
interface Later {
  readonly kind: Drift.Kind | "Absent"
  readonly from: number
  readonly before: number
  readonly raw: unknown
  readonly parent: Place
  readonly key: PropertyKey
}

/** An object that was walked, and the names of the fields that were looked for. */
interface Walked {
  readonly object: Record<string, unknown>
  readonly names: ReadonlySet<string>
  readonly here: Place
}

/** Every count and list is of one body. */
export class Findings {
  readonly document: ExactJson.Document
  /** The first {@link MOST_ISSUES}; `issueCount` counts them all. */
  readonly issues: Array<Issue> = []
  issueCount = 0
  /** Whether every issue is an amount beyond the range. */
  onlyOutOfRange = true
  /** The first {@link Drift.MOST}. */
  readonly drift: Array<Drift.Drift> = []
  /** Members of the text that are accounted for. */
  members = 0
  /** The objects that were walked. */
  readonly walked: Array<Walked> = []

  /** The body is no older than the revision at this place. */
  private from = 0
  /** The body is older than the revision at this place. */
  private before: number = Revision.all.length
  /** What is wrong or odd only in bodies of some revisions, looked at when the whole body has been seen. */
  private readonly later: Array<Later> = []

  constructor(document: ExactJson.Document) {
    this.document = document
  }

  /** The body has something that came at `since` (a place among the revisions) and went at `until`. */
  date(since: number, until: number): void {
    if (since > this.from) this.from = since
    if (until < this.before) this.before = until
  }

  /** Whether something in the body went by the revision at this place, and nothing came with it or later. */
  private isOlderThan(place: number): boolean {
    return this.before <= place && this.from < place
  }

  private excerpt(raw: unknown): string {
    return Excerpt.value(typeof raw === "number" ? ExactJson.exact(raw, this.document) : raw)
  }

  refuse(expected: string, raw: unknown, parent: Place, key: PropertyKey, outOfRange = false): void {
    this.onlyOutOfRange &&= outOfRange
    if (this.issueCount++ >= MOST_ISSUES) return
    const path = keysOf(parent, key)
    this.issues.push({ path: Excerpt.path(path), expected, found: this.excerpt(raw) })
  }

  missing(parent: Place, key: PropertyKey): void {
    this.refuse(REQUIRED, undefined, parent, key)
  }

  /** A field is absent that was required before the revision at `until` and is gone since. */
  absent(until: number, parent: Place, key: PropertyKey): void {
    this.later.push({ kind: "Absent", from: 0, before: until, raw: undefined, parent, key })
  }

  odd(kind: Drift.Kind, raw: unknown, parent: Place, key: PropertyKey): void {
    if (this.drift.length >= Drift.MOST) return
    const path = keysOf(parent, key)
    this.drift.push({ kind, path: Excerpt.path(path), found: this.excerpt(raw) })
  }

  /** Something is odd, perhaps only in some revisions. */
  note({ kind, since, until }: Drift.Oddity, raw: unknown, parent: Place, key: PropertyKey): void {
    if (since === undefined && until === undefined) {
      this.odd(kind, raw, parent, key)
      return
    }
    const from = since === undefined ? 0 : Revision.placeOf(since)
    const before = until === undefined ? Revision.all.length : Revision.placeOf(until)
    this.later.push({ kind, from, before, raw, parent, key })
  }

  /** Looks at what had to wait until the whole body was seen; first at what is absent, which dates the body too. */
  finish(): void {
    for (const { before, key, kind, parent } of this.later) {
      if (kind !== "Absent") continue
      if (this.isOlderThan(before)) this.missing(parent, key)
      else this.date(before, Revision.all.length)
    }
    for (const { before, from, key, kind, parent, raw } of this.later) {
      if (kind !== "Absent" && this.from >= from && this.isOlderThan(before)) this.odd(kind, raw, parent, key)
    }
  }
}
