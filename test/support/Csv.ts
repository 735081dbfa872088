/** Records of a text after RFC 4180, of which a field that is not quoted and empty is absent. */
export const parse = (text: string): ReadonlyArray<ReadonlyArray<string | undefined>> => {
  const records: Array<ReadonlyArray<string | undefined>> = []
  let fields: Array<string | undefined> = []
  const token = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/uy
  while (token.lastIndex < text.length) {
    const at = token.lastIndex
    const found = token.exec(text)
    if (found === null) throw new Error(`no CSV at ${at}: ${text.slice(at, at + 40)}`)
    const [, quoted, plain, end] = found
    fields.push(quoted?.replaceAll('""', '"') ?? (plain === "" ? undefined : plain))
    if (end !== "\r\n") continue
    records.push(fields)
    fields = []
  }
  if (fields.length > 0) throw new Error("the last record does not end")
  return records
}

/** Records by the names in the first one; what is absent is left out. */
export const objects = (text: string): ReadonlyArray<Readonly<Record<string, string>>> => {
  const [header = [], ...records] = parse(text)
  return records.map((record) => {
    if (record.length !== header.length) throw new Error(`${record.length} fields, not ${header.length}`)
    const fields = record.flatMap((value, index) =>
      value === undefined ? [] : [[String(header[index]), value] as const],
    )
    return Object.fromEntries(fields)
  })
}
