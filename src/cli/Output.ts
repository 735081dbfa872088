/** What may stand in the output of this process, and how writing standard output fails. */

/** What steers a terminal, or shows a text in another order than it has: control and format characters but the line feed, and half characters. */
const STEERING = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** The character that stands for one that is not shown. */
export const REPLACEMENT = "\ufffd"

/** A text in which each character that steers a terminal is replaced. Every text for a terminal passes through here. */
export const printable = (text: string, replace: (character: string) => string = () => REPLACEMENT): string =>
  text.replace(STEERING, replace)

/** A text on one line. */
export const oneLine = (text: string): string => text.replaceAll(/\s*[\r\n]+\s*/g, " ")

let hasPrinted = false

/** A pipe holds at least 4096 bytes. */
const FIRST_CHARACTERS = 1000

/**
 * Describes a failure to write standard output; `undefined` where its reader went away after something was written (`| head`), which is no
 * failure.
 */
export const failureOf = (error: NodeJS.ErrnoException): string | undefined => {
  if (error.code === "EPIPE") return hasPrinted ? undefined : "cannot write standard output: nothing reads it"
  const [, reason = error.message] = /^E[A-Z]+: (.*?)(?:, \w+)?$/.exec(error.message) ?? []
  return `cannot write standard output: ${reason}`
}

/** Writes text. `written` is called once it is written; a failure is an event of the stream, which ends the command. */
export const write = (stream: NodeJS.WriteStream, text: string, written: () => void = () => {}): void => {
  // A part that a pipe takes at once shows whether anything reads it.
  const end = stream === process.stdout && !hasPrinted ? text.lastIndexOf("\n", FIRST_CHARACTERS) + 1 : 0
  const [first, rest] = end === 0 ? [text, ""] : [text.slice(0, end), text.slice(end)]
  stream.write(first, (error) => {
    if (stream === process.stdout && !error) hasPrinted = true
    if (error || rest === "") written()
    else stream.write(rest, written)
  })
}
