/** Rows of text in aligned columns. */

const ESCAPE = String.fromCharCode(27)
const COLOUR = new RegExp(`${ESCAPE}\\[[0-9;]*m`, "g")

/** How many columns of the terminal a text takes: colours take none. */
export const width = (text: string): number => [...text.replace(COLOUR, "")].length

/** A text filled with blanks to a width, on the right or on the left. */
export const pad = (text: string, to: number, side: "left" | "right" = "left"): string => {
  const blanks = " ".repeat(Math.max(0, to - width(text)))
  return side === "right" ? blanks + text : text + blanks
}

/** The width of the first column, so that tables under one another line up. */
export const LABEL_WIDTH = 18

/**
 * Aligns each column to its widest cell, the first to {@link LABEL_WIDTH} at least; `right` holds the columns that are flush right. Lines do
 * not end in blanks.
 */
export const align = (
  rows: ReadonlyArray<ReadonlyArray<string>>,
  right: ReadonlyArray<number> = [],
): ReadonlyArray<string> => {
  const widths: Array<number> = [LABEL_WIDTH]
  for (const row of rows) {
    // A single cell is a heading that spans all columns.
    if (row.length === 1) continue
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, width(cell))
  }
  return rows.map((row) =>
    row
      .map((cell, column) =>
        pad(cell, row.length === 1 ? 0 : (widths[column] ?? 0), right.includes(column) ? "right" : "left"),
      )
      .join("  ")
      .trimEnd(),
  )
}

/** A column of a table whose rows are made one at a time: it is so wide whatever comes, and flush left unless told. */
export interface Column {
  readonly width: number
  readonly side?: "left" | "right"
}

/** A row of such a table. A cell that is wider than its column moves the others on. */
export const row = (cells: ReadonlyArray<string>, columns: ReadonlyArray<Column>): string =>
  cells
    .map((cell, index) => pad(cell, columns[index]?.width ?? 0, columns[index]?.side))
    .join("  ")
    .trimEnd()

/** A line that is wider than so many columns goes on below, indented; nothing is lost. */
export const wrap = (line: string, columns: number, indent: string): ReadonlyArray<string> => {
  if (width(line) <= columns) return [line]
  let end = line.lastIndexOf(" ")
  while (end > 0 && width(line.slice(0, end)) > columns) end = line.lastIndexOf(" ", end - 1)
  const rest = line.slice(end + 1)
  return end <= indent.length ? [line] : [line.slice(0, end).trimEnd(), ...wrap(`${indent}${rest}`, columns, indent)]
}

/** Lines of which those that are wider than so many columns go on below, indented further than they begin. */
export const fit = (lines: ReadonlyArray<string>, columns: number): ReadonlyArray<string> =>
  lines.flatMap((line) => wrap(line, columns, `${/^ */.exec(line)?.[0]}    `))

/** Columns of the terminal that a row takes whose cells fit their columns. */
export const rowWidth = (columns: ReadonlyArray<Column>): number =>
  columns.reduce((sum, { width: each }) => sum + each, 2 * (columns.length - 1))

/** Puts each part after the one before it where both fit on a line of so many columns, else on a line of its own. */
export const fill = (parts: ReadonlyArray<string>, columns: number, indent = ""): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const part of parts) {
    const longer = `${lines.at(-1) ?? ""} ${part}`
    if (lines.length > 0 && width(longer) <= columns) lines[lines.length - 1] = longer
    else lines.push(`${indent}${part}`)
  }
  return lines
}
