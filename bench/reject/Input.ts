/** A body that is refused with `kind`, and one that is taken. */
export interface Input {
  readonly kind: string
  readonly text: string
  readonly valid: string
}

/** That the gate decided as it should. */
export interface Evidence {
  readonly decided: boolean
}
