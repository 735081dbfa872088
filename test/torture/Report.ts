/** What came of a torture: figures for whoever reads them, and a line for each thing that did not hold. */
export interface Report {
  readonly figures: Readonly<Record<string, number | string>>
  readonly failures: ReadonlyArray<string>
}
