/** Arguments of programs that exercise the library. */
import { type ParseArgsConfig, parseArgs } from "node:util"

type Options = NonNullable<ParseArgsConfig["options"]>

/** The options of the process; one that is none ends it with exit code 64. */
export const read = <const O extends Options>(options: O) => {
  try {
    return parseArgs<{ options: O }>({ options }).values
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    return process.exit(64)
  }
}

/** A whole number from `least` on; any other text ends the process with exit code 64. */
export const whole = (name: string, text: string, least: number): number => {
  const number = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number
  console.error(`--${name} takes a whole number from ${least} on, not ${JSON.stringify(text)}`)
  return process.exit(64)
}
