/** The grammar of the command line: arguments to a command with its options. */
import { Command, CommanderError, Option } from "commander"
import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as PeriodStatement from "../services/PeriodStatement.js"
import * as CareLine from "./CareLine.js"
import type * as Decode from "./commands/Decode.js"
import * as Export from "./commands/Export.js"
import * as Statement from "./commands/Statement.js"
import type { Written } from "./Settings.js"
import type * as Span from "./Span.js"
import { VERSION } from "./Version.js"

/** A command with its options as they were written. */
export type Invocation = Data.TaggedEnum<{
  Demo: { readonly json: boolean; readonly zone: string | undefined; readonly seed: string }
  Fetch: { readonly written: Written }
  Status: { readonly written: Written }
  History: { readonly written: Written & Span.Written & { readonly limit?: string } }
  Ledger: { readonly written: Written & Span.Written }
  Statement: { readonly written: Statement.Written }
  Import: {
    readonly written: Omit<Written, "subject"> & { readonly subject?: string }
    readonly files: ReadonlyArray<string>
    readonly allowFuture: boolean
  }
  Export: { readonly written: Export.Written }
  Care: { readonly care: CareLine.CareInvocation }
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

const database = () => new Option("--db <file>", "file of the history (default: $XDG_DATA_HOME/zoo-runway/history.db)")

const common = (command: Command): Command =>
  command
    .addOption(
      new Option(
        "--subject <subject>",
        "me, user:ID, org, org:ID, or me:LABEL (or org:LABEL) of a stored account",
      ).default("me"),
    )
    .addOption(database())
    .addOption(new Option("--base-url <url>", "base URL of the API (default: $ZOO_HOST, else https://api.zoo.dev)"))
    .addOption(zone())

/** Options of commands that read what is kept and never ask the API. */
const kept = (command: Command): Command =>
  common(command)
    .option("--as-of <time>", "leave out what was seen after a moment of the past")
    .option("--offline", "the API is never asked, with this option or without it")

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
      "\nThe token is read from ZOO_API_TOKEN (ZOO_TOKEN, KITTYCAD_API_TOKEN, KITTYCAD_TOKEN), else from the hosts.toml\nof the official command line. Exit codes: 64 usage, 65 bad body, 66 no history or not found,\n69 unavailable, 73 cannot create, 74 damaged or no database, 75 busy, 77 refused, 78 configuration.",
    )
  common(
    program
      .command("status")
      .description("balance, burn rate, runway and projected charge, from what is kept where it is fresh"),
  )
    .addOption(json())
    .option("--max-age <span>", "how old what is kept may be, such as 60s or 5m (default: 5m)")
    .option("--offline", "read what is kept, never ask the API")
    .option("--as-of <time>", "report on a moment of the past, from what is kept")
    .option(
      "--pay-as-you-go <on|off>",
      "whether usage is charged once credits are gone (default: what the API says, else what was said last, else\nwhat the history shows)",
    )
    .action((written: Written) => {
      invocation = Invocation.Status({ written })
    })
  common(program.command("fetch").description("ask the API now, keep the answer, print the balance"))
    .addOption(json())
    .action((written: Written) => {
      invocation = Invocation.Fetch({ written })
    })
  kept(
    program
      .command("history")
      .description("what was seen, one reading a line, the newest last: balance, amount due and next refresh"),
  )
    .option("--from <time>", "seen at or after it, such as 2026-11-01T00:00:00Z (default: the first reading)")
    .option("--to <time>", "seen before it (default: up to the last reading)")
    .option("--limit <n>", "the newest so many of them")
    .addOption(new Option("--json", "print one JSON object a line: account, observedAt, balance"))
    .action((written: Written & Span.Written & { readonly limit?: string }) => {
      invocation = Invocation.History({ written })
    })
  kept(
    program
      .command("ledger")
      .description("the statement of an account: what explains each change of the balance, and its totals"),
  )
    .option("--from <time>", "open with the newest reading at or before it (default: the first reading)")
    .option("--to <time>", "close with the newest reading at or before it (default: the last reading)")
    .addOption(json())
    .addHelpText(
      "after",
      "\nEach event happened until a time, and within a span before it. An amount that cannot be told exactly stands\nbetween bounds, and ? marks an event that may not have happened; readings without an event are counted, not shown. Statements of neighbouring spans add up.",
    )
    .action((written: Written & Span.Written) => {
      invocation = Invocation.Ledger({ written })
    })
  kept(
    program
      .command("statement")
      .description("what was used, refreshed, granted, charged and paid, by days, weeks, months or cycles"),
  )
    .addOption(
      new Option("--by <period>", "day, week (from Monday on), month, or cycle (from one refresh to the next)")
        .choices(PeriodStatement.By.literals)
        .default("month"),
    )
    .option("--from <time>", "begin there (default: the first snapshot)")
    .option("--to <time>", "end there (default: the last snapshot)")
    .addOption(new Option("--format <format>", "how it is written").choices(Statement.FORMATS).default("text"))
    .addOption(json())
    .addHelpText(
      "after",
      "\nEach row closes: opening + what came - what went = closing. ~ marks an estimate between bounds. The totals are\nthose of ledger; statements of neighbouring spans add up.",
    )
    .action((written: Statement.Written) => {
      invocation = Invocation.Statement({ written })
    })
  program
    .command("import")
    .description("take history in from files, one reading a line; needs no token")
    .argument("<files...>", "files of JSON lines, gzip or not; - is standard input")
    .option("--subject <subject>", "take the lines of user:ID, org:ID or me:LABEL alone")
    .addOption(database())
    .option("--base-url <url>", "base URL of lines that name none (default: $ZOO_HOST, else https://api.zoo.dev)")
    .option("--allow-future", "take lines observed more than 5 minutes after now")
    .addOption(json())
    .addHelpText(
      "after",
      '\nA line is {"subject":"user:ID","observed_at":"2026-11-22T09:00:00Z","body":{…}}, with "base_url" where it is\nanother one; the body is the API\'s answer. A line of export, with "balance" instead, is one too. A line that is\nkept already changes nothing. Bad lines are named on standard error, the first 20 of them, and written to\nFILE.rejected.jsonl (stdin.rejected.jsonl), which is replaced; the good ones are kept, and the exit code is 65.',
    )
    .action(
      (
        files: ReadonlyArray<string>,
        {
          allowFuture = false,
          ...written
        }: Omit<Written, "subject"> & { readonly subject?: string; readonly allowFuture?: boolean },
      ) => {
        invocation = Invocation.Import({ written, files, allowFuture })
      },
    )
  program
    .command("export")
    .description("write out what is kept: all of it, or as narrowed; needs no token")
    .addOption(new Option("--format <format>", "how it is written").choices(Export.FORMATS).makeOptionMandatory())
    .option("--out <path>", "file to make, of parquet a folder (default: standard output)")
    .option("--force", "replace the file or folder of an earlier export")
    .option("--subject <subject>", "write the history of user:ID or org:ID alone")
    .option("--from <time>", "seen at or after it, such as 2026-11-01T00:00:00Z")
    .option("--to <time>", "seen before it")
    .addOption(database())
    .addHelpText(
      "after",
      "\nLines of jsonl are what import reads. Amounts are written with all of their digits, times in UTC. An export\nhas its final name once it is whole; the same history is exported to the same bytes.",
    )
    .action((written: Export.Written) => {
      invocation = Invocation.Export({ written })
    })
  CareLine.register(program, (care) => {
    invocation = Invocation.Care({ care })
  })
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
  for (const command of [program, ...program.commands.flatMap((each) => [each, ...each.commands])]) {
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
