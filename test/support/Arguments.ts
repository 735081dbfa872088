/** Arguments of programs that exercise the library. */

/** What reading the arguments gives; where they are wrong, the process ends with exit code 64. */
export const orExit = <A>(read: () => A): A => {
  try {
    return read()
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
