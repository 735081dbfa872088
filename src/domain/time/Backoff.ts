/** How long to wait after failures in a row: twice as long each time, up to a limit. Any one unit of time. */

/** The wait after the first failure, above 0, and the longest one, no shorter than it. */
export interface Limits {
  readonly first: number
  readonly max: number
}

/** The wait after so many failures in a row, 1 or more. */
export const delay = ({ first, max }: Limits, failures: number): number => Math.min(max, first * 2 ** (failures - 1))
