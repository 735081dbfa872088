/** The grammar of the command line: arguments to a command with its options. */
import { Command, CommanderError, Option } from "commander"
import * as Data from "effect/Data"
import * as Either from "effect/Either"
import type * as Decode from "./commands/Decode.js"
import type { Written } from "./Settings.js"
import { VERSION } from "./Version.js"

/** A command with its options as they were written. */
export type Invocation = Data.TaggedEnum<{
  Demo: { readonly json: boolean; readonly zone: string | undefined; readonly seed: string }
  Fetch: { readonly written: Written }
  Status: { readonly written: Written }
  Decode: Decode.Options
}>

/** Constructors and matcher of invocations. */
export const Invocation = Data.taggedEnum<Invocation>()

/** Why there is nothing to run: help or version was asked for (`code` 0, `text` for standard output), or the arguments are wrong. */
export interface Stopped {
  readonly asked: boolean
  readonly text: string
}

const json = () => new Option("--json", "print JSON")
const zone = () => new Option("--zone <zone>", "time zone of dates, such as Europe/Berlin (default: UTC)")

const common = (command: Command): Command =>
  command
    .addOption(new Option("--subject <subject>", "me, user:ID, org or org:ID").default("me"))
    .addOption(new Option("--db <file>", "file of the history (default: $XDG_DATA_HOME/zoo-runway/history.db)"))
    .addOption(new Option("--base-url <url>", "base URL of the API (default: $ZOO_HOST, else https://api.zoo.dev)"))
    .addOption(zone())
    .addOption(json())

const NO_COMMAND: Stopped = { asked: false, text: "no command: try zoo-runway --help" }

/** Parses the arguments behind the program's name. */
export const parse = (args: ReadonlyArray<string>): Either.Either<Invocation, Stopped> => {
  let invocation: Invocation | undefined
  let out = ""
  let err = ""
  const program = new Command("zoo-runway")
    .description("How long Zoo API credits last, and what will be billed.")
    .version(VERSION)
    .addHelpText(
      "after",
      "\nThe token is read from ZOO_API_TOKEN. Exit codes: 64 usage, 65 bad body, 66 nothing kept or found,\n69 unavailable, 73 cannot create, 74 damaged or no database, 75 busy, 77 refused, 78 configuration.",
    )
  common(
    program
      .command("status")
      .description("balance, burn rate, runway and projected charge, from what is kept where it is fresh"),
  )
    .option("--max-age <span>", "how old what is kept may be, such as 60s or 5m (default: 5m)")
    .option("--offline", "read what is kept, never ask the API")
    .option("--as-of <time>", "report on a moment of the past, from what is kept")
    .action((written: Written) => {
      invocation = Invocation.Status({ written })
    })
  common(program.command("fetch").description("ask the API now, keep the answer, print the balance")).action(
    (written: Written) => {
      invocation = Invocation.Fetch({ written })
    },
  )
  program
    .command("decode")
    .description("decode a balance body, or with --lines one a line, from a file or standard input")
    .argument("[file]", "file; standard input without it")
    .option("--lines", "one body a line; answers one line of JSON each", false)
    .option("--strict", "reject a body that says more than the published contract", false)
    .addOption(json())
    .action(
      (file: string | undefined, options: Omit<Decode.Options, "file" | "json"> & { readonly json?: boolean }) => {
        invocation = Invocation.Decode({ ...options, file, json: options.json ?? false })
      },
    )
  program
    .command("demo")
    .description("poll a simulated account from a stub of the API, and print its status: needs no token")
    .option("--seed <number>", "seed of the simulated account", "2")
    .addOption(zone())
    .addOption(json())
    .action((options: { readonly json?: boolean; readonly zone?: string; readonly seed: string }) => {
      invocation = Invocation.Demo({ json: options.json ?? false, zone: options.zone, seed: options.seed })
    })
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
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
    if (error.code === "commander.help") return Either.left(NO_COMMAND)
    if (error.exitCode === 0) return Either.left({ asked: true, text: out.trimEnd() })
    const [reason = ""] = (err || error.message).split("\n")
    return Either.left({ asked: false, text: reason.replace(/^error: /, "") })
  }
  if (invocation !== undefined) return Either.right(invocation)
  return Either.left(NO_COMMAND)
}
