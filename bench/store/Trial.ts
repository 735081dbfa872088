/** What a trial is told and what it answers: JSON, one argument and one line. */
export const told = <A>(): A => JSON.parse(process.argv[2] ?? "{}")

export const answer = (found: unknown): void => {
  process.stdout.write(`${JSON.stringify(found)}\n`)
}

/** Collects young garbage, so that no candidate pays for that of the one before. */
export const sweep = (): void => {
  void globalThis.gc?.({ type: "minor" })
}

/** Nanoseconds that some work takes. */
export const timed = async (work: () => Promise<unknown> | unknown): Promise<number> => {
  const started = process.hrtime.bigint()
  const result = work()
  if (result instanceof Promise) await result
  return Number(process.hrtime.bigint() - started)
}

/** Throws unless `condition` holds. */
export const must = (condition: boolean, what: string): void => {
  if (!condition) throw new Error(`wrong: ${what}`)
}
