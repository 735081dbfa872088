/**
 * What a call costs and how cents are shown, in whole numbers only. All cents and seconds here are non-negative safe
 * integers, far enough from 2^53 that the products stay exact (below 4e13).
 */

/** The price of a call in cents: `seconds / 120` dollars (5/6 of a cent a second), rounded half-up to the cent. */
export const ofSeconds = (seconds: number): number => Math.floor((5 * seconds + 3) / 6)

/** The most seconds that cost no more than `cents`. They cost exactly that: a second is less than a cent. */
export const secondsFor = (cents: number): number => Math.floor((6 * cents + 2) / 5)

/** The API's view of an amount as credits of 0.0083 dollars, rounded half-up: 1000 cents are 1205 credits. */
export const creditsOf = (cents: number): number => Math.floor((200 * cents + 83) / 166)

/** The price of a credit as the API prints it, in dollars. */
export const dollarsPerCredit = "0.0083"

/** Dollars with two decimals: 4126 is "41.26". */
export const dollars = (cents: number): string =>
  `${Math.floor(cents / 100)}.${(cents % 100).toString().padStart(2, "0")}`
