/**
 * Snapshots as CSV after RFC 4180: a header, then one record a snapshot, each ended by CR LF; UTF-8 without a byte order mark.
 *
 * Amounts are plain decimals with all of their digits, times RFC 3339. A field that is absent is empty; an empty text is `""`.
 *
 * No field is changed to keep a spreadsheet from taking it for a formula: a leading `'` would be part of the value for every other reader.
 * What the owner of an account can choose stands behind `user:`, `org:` or `me:`; a plan's names and ids are the API's.
 */
import type * as Snapshot from "../../domain/history/Snapshot.js"
import * as DecimalText from "../../domain/money/DecimalText.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import * as Column from "./Column.js"

const SPECIAL = /[",\r\n]/

const quoted = (text: string): string => (text === "" || SPECIAL.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

type Write = (snapshot: Snapshot.Snapshot) => string

/** The text of a value; that of the one before is at hand, for most of a history repeats. */
const written = <A>(value: (snapshot: Snapshot.Snapshot) => A | null, format: (value: A) => string): Write => {
  let last: A | null = null
  let text = ""
  return (snapshot) => {
    const found = value(snapshot)
    if (found === null) return ""
    if (found !== last) {
      text = format(found)
      last = found
    }
    return text
  }
}

const field = (column: Column.Column): Write => {
  switch (column.kind) {
    case "Text":
      return written(column.value, quoted)
    case "Time":
      return written(column.value, (millis) => Timestamp.format(Timestamp.fromMillis(millis)))
    case "Money":
      return written(column.value, DecimalText.format)
    case "Count":
      return written(column.value, (credits) => credits.toString())
  }
}

const fields = Column.all.map(field)

/** The names of the columns. */
export const header = `${Column.all.map(({ name }) => name).join(",")}\r\n`

/** The record of a snapshot. */
export const of = (snapshot: Snapshot.Snapshot): string => `${fields.map((write) => write(snapshot)).join(",")}\r\n`

/** The records of snapshots. */
export const ofAll = (snapshots: Iterable<Snapshot.Snapshot>): string => {
  let records = ""
  for (const snapshot of snapshots) records += of(snapshot)
  return records
}
