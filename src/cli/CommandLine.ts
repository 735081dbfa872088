/** The grammar of the command line: arguments to a command and its options. */
import { CommanderError, Command as Parser } from "commander"
import type { Call, Command } from "./Command.js"
import { COMMANDS } from "./Commands.js"
import * as ExitCode from "./ExitCode.js"
import * as Output from "./Output.js"
import * as Table from "./render/Table.js"
import * as Suggestion from "./Suggestion.js"
import { VERSION } from "./Version.js"

/** A command that is to run. */
export interface Called {
  readonly _tag: "Called"
  readonly command: Command
  readonly call: Omit<Call<never>, "environment">
}

/** Nothing is to run: help or the version was asked for (`out`), or the arguments are wrong (`err`). */
export interface Stopped {
  readonly _tag: "Stopped"
  readonly code: number
  readonly out: string
  readonly err: string
}

const refused = (reason: string): Stopped => ({
  _tag: "Stopped",
  code: ExitCode.usage,
  out: "",
  err: `zoo-runway: ${Output.printable(Output.oneLine(reason))}\n`,
})

const NO_COMMAND = refused("no command: try zoo-runway --help")

/** Help is written for a terminal of so many columns. */
const HELP_COLUMNS = 80

const paragraph = (text: string): string => `\n${Table.wrap(text.replaceAll("\n", " "), HELP_COLUMNS, "").join("\n")}`

const SURROUNDINGS = [
  "The token is read from ZOO_API_TOKEN (ZOO_TOKEN, KITTYCAD_API_TOKEN, KITTYCAD_TOKEN), else from the hosts.toml of the official command line.",
  "Exit codes: 64 usage, 65 bad body or lines, 66 no history or not found, 69 unavailable, 73 cannot create, 74 damaged, no database, or output that could not be written, 75 busy, 77 refused, 78 configuration, 130 interrupted, also by a reader that closed the pipe.",
]
  .map(paragraph)
  .join("")

/** The command of a parser that a command's name puts it below. */
const parentOf = (program: Parser, words: ReadonlyArray<string>): Parser =>
  words.slice(0, -1).reduce((parent, word) => parent.commands.find((each) => each.name() === word) ?? parent, program)

/** Adds a command to the parser. `called` receives its options and arguments when it is called. */
const add = (
  program: Parser,
  { args, name, notes, options, summary }: Command,
  called: (call: Called["call"]) => void,
): void => {
  const words = name.split(" ")
  const parser = parentOf(program, words)
    .command(words.at(-1) ?? name)
    .description(summary)
  for (const [syntax, description] of args) parser.argument(syntax, description)
  for (const option of options) parser.addOption(option)
  if (notes !== undefined) parser.addHelpText("after", paragraph(notes))
  parser.action(() => called({ written: parser.optsWithGlobals() as never, args: parser.args }))
}

/** The error of a command that there is not, with the one that was likely meant. */
const unknown = (words: ReadonlyArray<string>): Stopped => {
  const name = words.join(" ")
  const group = words.slice(0, -1).join(" ")
  // Of a command with a word after it only that word may be mistyped, where the command is known.
  const isGroup = group !== "" && COMMANDS.some((command) => command.name.startsWith(`${group} `))
  const candidates = COMMANDS.map((command) => command.name)
  const last = Suggestion.closest(
    words.at(-1) ?? "",
    candidates.flatMap((candidate) => (candidate.startsWith(`${group} `) ? candidate.slice(group.length + 1) : [])),
  )
  const meant = isGroup ? last && `${group} ${last}` : Suggestion.closest(name, candidates)
  return refused(`unknown command '${name}'${meant === undefined ? "" : ` (Did you mean ${meant}?)`}`)
}

/** What was wrong, with what was likely meant. */
const reasonOf = (text: string): string => text.trim().replace(/^error: /, "")

/** `help accounts join` is `accounts join --help`. */
const help = (args: ReadonlyArray<string>): Called | Stopped => {
  const words = args.filter((word) => word !== "help" && !word.startsWith("-"))
  const isKnown = words.length === 0 || COMMANDS.some(({ name }) => name === words.join(" "))
  return isKnown ? parse([...words, "--help"]) : unknown(words)
}

/** Parses the arguments behind the program's name. */
export const parse = (args: ReadonlyArray<string>): Called | Stopped => {
  const [first = "--", ...rest] = args
  if (first === "help") return help(rest)
  if (!first.startsWith("-") && !COMMANDS.some(({ name }) => name === first)) return unknown([first])
  let parsed: Called | Stopped = NO_COMMAND
  let [out, err] = ["", ""]
  const program = new Parser("zoo-runway")
    .description("How long Zoo API credits last, and what will be billed.")
    .version(VERSION)
    .addHelpText("after", SURROUNDINGS)
  for (const command of COMMANDS) {
    add(program, command, (call) => {
      parsed = { _tag: "Called", command, call }
    })
  }
  for (const parser of [program, ...program.commands.flatMap((each) => [each, ...each.commands])]) {
    parser.exitOverride().configureOutput({
      writeOut: (text) => {
        out += text
      },
      writeErr: (text) => {
        err += text
      },
    })
  }
  try {
    program.parse(args, { from: "user" })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return { _tag: "Stopped", code: ExitCode.ok, out: `${out.trimEnd()}\n`, err: "" }
    const parent = program.commands.find(({ args: words, commands }) => commands.length > 0 && words.length > 0)
    if (error.code === "commander.excessArguments" && parent !== undefined) {
      return unknown([parent.name(), ...parent.args.slice(0, 1)])
    }
    return error.code === "commander.help" ? NO_COMMAND : refused(reasonOf(err || error.message))
  }
  return parsed
}
