/** How properties run in all files of tests: one that fails, or that goes on for long, ends as a failure, and is not made smaller without end. */
import * as FastCheck from "effect/FastCheck"

const TIME_LIMIT_MS = 50_000

FastCheck.configureGlobal({
  ...FastCheck.readConfigureGlobal(),
  // Ends the search for a smaller example, and a run that takes longer than its test may.
  interruptAfterTimeLimit: TIME_LIMIT_MS,
  markInterruptAsFailure: true,
})
