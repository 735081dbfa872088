/** Where the page is. */
import { readFileSync, writeFileSync } from "node:fs"

const file = new URL("../../docs/faults.md", import.meta.url)

/** The page as it is. */
export const read = (): string => readFileSync(file, "utf8")

/** Writes the page anew. */
export const write = (text: string): void => writeFileSync(file, text)
