/**
 * Bodies of every published revision, for tests of what reads them.
 *
 * A revision is named by the day from which it was published. `print` tells a balance as a revision told it, and `conform` is what is left
 * of the balance then. Bodies of any spelling: `Arbitraries.body`; an API that answers in a revision: `StubZoo.inRevision`.
 */
import * as Revision from "../../domain/balance/wire/Revision.js"

/** The published revisions by their days, oldest first. */
export const revisions: ReadonlyArray<Revision.Revision> = Revision.all

export type { Revision } from "../../domain/balance/wire/Revision.js"
export { conform } from "./Conform.js"
export { type Options, print } from "./Print.js"
export type { Blank, MoneyForm } from "./Spelling.js"
