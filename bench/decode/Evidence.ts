/** What every candidate has to have found in the reference body, in words that don't depend on its types. */
export interface Evidence {
  readonly monthly: string
  readonly stable: string
  readonly due: string
  readonly allowance: string
  readonly creditPrice: string
  readonly price: string
  readonly enterprisePrice: string
  readonly credits: string
  readonly updatedAt: number
  readonly samlSso: boolean
  readonly supportTier: string
}

/** A body: its text, and whether its amounts stand as text or as numbers. */
export interface Input {
  readonly form: "text" | "number"
  readonly text: string
}

/** What is timed, and what is asked of its result. */
export interface Candidate<A> {
  readonly run: () => A
  readonly evidence: (result: A) => Evidence
}

/** A value that has to be there. */
export const present = <A>(value: A | null | undefined): A => {
  if (value === null || value === undefined) throw new Error("the candidate lost a value")
  return value
}
