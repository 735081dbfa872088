/** The columns of an export as Parquet types that DuckDB, Spark and ClickHouse read as they are. */
import type { ParquetWriter } from "hyparquet-writer"
import * as DecimalText from "../../domain/money/DecimalText.js"
import * as Column from "../../services/export/Column.js"

type Element = ConstructorParameters<typeof ParquetWriter>[0]["schema"][number]

/** Bytes of a decimal of up to 21 digits: an INT64 may hold 18 alone. */
const DECIMAL_BYTES = 9

const typeOf = (column: Column.Column): Omit<Element, "name"> => {
  switch (column.kind) {
    case "Text":
      return { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } }
    case "Time":
      return {
        type: "INT64",
        converted_type: "TIMESTAMP_MILLIS",
        logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" },
      }
    case "Money": {
      const [precision, scale] = [column.digits, DecimalText.SCALE]
      return {
        type: "FIXED_LEN_BYTE_ARRAY",
        type_length: DECIMAL_BYTES,
        converted_type: "DECIMAL",
        precision,
        scale,
        logical_type: { type: "DECIMAL", precision, scale },
      }
    }
    case "Count":
      // The logical type would say the same. The writer spells its width as an i32 where the format has an i8, which strict readers refuse.
      return { type: "INT64", converted_type: "UINT_64" }
  }
}

/** A root with the columns below it. */
export const schema: Array<Element> = [
  { name: "snapshot", num_children: Column.all.length },
  ...Column.all.map(
    (column): Element => ({
      name: column.name,
      repetition_type: column.required ? "REQUIRED" : "OPTIONAL",
      ...typeOf(column),
    }),
  ),
]
