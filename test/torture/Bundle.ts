/** The program that tortured files are written by in other processes, bundled once: children need a file that Node runs. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { bundleChild } from "../support/BundleChild.js"

/** A folder of its own with the program in it. */
export interface Bundle {
  readonly folder: string
  readonly program: string
  /** Removes the folder and all that is in it. */
  readonly remove: () => void
}

/** Bundles the program into a temporary folder. */
export const make = async (): Promise<Bundle> => {
  const folder = mkdtempSync(join(tmpdir(), "zoo-runway-torture-"))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  const program = join(folder, "child.mjs")
  try {
    await bundleChild(fileURLToPath(new URL("Child.ts", import.meta.url)), program)
  } catch (cause) {
    remove()
    throw cause
  }
  return { folder, program, remove }
}
