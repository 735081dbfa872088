/**
 * The published revisions of the balance, as far as they change what a body may say.
 *
 * No body names its revision. What stands in it dates it: a field tells that the body is no older than the field, and a field that is gone
 * from the newest revision tells that it is no newer than that.
 */

/** The revisions by the day from which each was published, oldest first. */
export const all = [
  "2024-02-29",
  "2024-10-11",
  "2025-04-03",
  "2025-05-04",
  "2025-05-07",
  "2025-05-10",
  "2025-07-18",
  "2025-07-25",
  "2025-09-30",
  "2025-10-28",
  "2025-10-30",
  "2025-11-04",
  "2025-11-07",
  "2025-11-10",
  "2025-12-17",
  "2026-03-31",
  "2026-04-02",
  "2026-08-04",
] as const

/** A published revision, by its day. */
export type Revision = (typeof all)[number]

/** The revision that brought the current credit model. */
export const CURRENT_MODEL: Revision = "2025-05-04"

/** Where a revision stands in {@link all}: a later one has a higher place. */
export const placeOf = (revision: Revision): number => all.indexOf(revision)

/** In which revisions something stands: from `since` on, and from `until` on no more. */
export interface Life {
  readonly since?: Revision
  readonly until?: Revision
  /** Whether it was required as long as it lived. */
  readonly required?: boolean
}

/** Annotation of a field: its {@link Life}. */
export const FieldLife: unique symbol = Symbol.for("zoo-runway/wire/FieldLife")
