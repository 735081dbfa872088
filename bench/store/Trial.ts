/** What a trial is told and what it answers: JSON, one argument and one line. */
export const told = <A>(): A => JSON.parse(process.argv[2] ?? "{}")

export const answer = (found: unknown): void => {
  process.stdout.write(`${JSON.stringify(found)}\n`)
}

/** Collects what is young, so that nobody pays for the garbage of whoever came before. */
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

/** What a question gives, and how long it takes: the first time, and the median of some more. */
export const asked = async <A>(
  ask: () => Promise<A> | A,
  times = 31,
): Promise<{ readonly found: A; readonly nanoseconds: { readonly first: number; readonly again: number } }> => {
  const once = async () => {
    const started = process.hrtime.bigint()
    const result = ask()
    const found = result instanceof Promise ? await result : result
    return { found, nanos: Number(process.hrtime.bigint() - started) }
  }
  const { found, nanos } = await once()
  const more: Array<number> = []
  for (let nth = 0; nth < times; nth++) more.push((await once()).nanos)
  more.sort((a, b) => a - b)
  return { found, nanoseconds: { first: nanos, again: more[times >> 1] ?? nanos } }
}
