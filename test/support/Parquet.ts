import { parquetMetadata, parquetReadObjects } from "hyparquet"
import * as DecimalText from "../../src/domain/money/DecimalText.js"

const decimal = (bytes: Uint8Array): bigint =>
  BigInt.asIntN(8 * bytes.length, BigInt(`0x${Buffer.from(bytes).toString("hex")}`))

/** A file's metadata. */
export const metadata = (file: Buffer) => parquetMetadata(new Uint8Array(file).buffer)

/** The rows of a file in the text that a CSV file has for them; what is absent is left out. */
export const objects = async (file: Buffer): Promise<ReadonlyArray<Readonly<Record<string, string>>>> => {
  const bytes = new Uint8Array(file).buffer
  const described = parquetMetadata(bytes)
  const scales = new Map(described.schema.map((element) => [element.name, element.scale]))
  // The reader turns decimals into doubles: it is given their bytes alone, and no text that is none.
  for (const element of described.schema) {
    if (element.converted_type !== "DECIMAL") continue
    delete element.converted_type
    delete element.logical_type
  }
  const rows = await parquetReadObjects({ file: bytes, metadata: described, utf8: false })
  const text = (name: string, value: unknown): string => {
    if (value instanceof Date) return value.toISOString()
    if (typeof value === "bigint") return BigInt.asUintN(64, value).toString()
    if (value instanceof Uint8Array) {
      if (scales.get(name) !== DecimalText.SCALE) throw new Error(`${name} is no decimal of nine places`)
      return DecimalText.format(decimal(value))
    }
    return String(value)
  }
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).flatMap(([name, value]) =>
        value === null || value === undefined ? [] : [[name, text(name, value)] as const],
      ),
    ),
  )
}
