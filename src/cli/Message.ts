/** Messages of the library's errors on the command line: users know commands and subjects, and no function of the library. */
import { withoutOperation } from "../infra/store/StoreError.js"

/** What a message may begin with: a function, or a function and the subject that it was called with. */
interface Failed {
  readonly message: string
  readonly operation?: string
  readonly method?: string
}

/** The message of an error without the function that failed. */
export const of = (error: Failed): string =>
  error.method !== undefined && error.message.startsWith(`${error.method} `)
    ? error.message.slice(error.method.length + 1)
    : withoutOperation(error)
