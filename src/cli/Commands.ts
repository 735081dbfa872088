/** The commands, in the order of the help. */
import { Option } from "commander"
import * as Command from "./Command.js"

const option = (syntax: string, description: string): Option => new Option(syntax, description)

const JSON_OUTPUT = option("--json", "print JSON")
const ZONE = option("--zone <zone>", "time zone of dates, such as Europe/Berlin (default: UTC)")
const DATABASE = option("--db <file>", "file of the history (default: $XDG_DATA_HOME/zoo-runway/history.db)")
const API = option("--base-url <url>", "base URL of the API (default: $ZOO_HOST, else https://api.zoo.dev)")
const ONE_URL = option("--base-url <url>", "accounts of this base URL alone (default: of any)")

const SUBJECT = option(
  "--subject <subject>",
  "me, user:ID, org, org:ID, or me:LABEL (or org:LABEL) of a stored account",
).default("me")

const of = (what: string): Option => option("--subject <subject>", `${what} user:ID, org:ID or me:LABEL`)

/** Options of commands about one account. */
const COMMON = [SUBJECT, DATABASE, API, ZONE]

/** Options of commands that read what is kept and never ask the API. */
const KEPT = [
  ...COMMON,
  option("--as-of <time>", "leave out what was seen after a moment of the past"),
  option("--offline", "the API is never asked, with this option or without it"),
]

/** Options of commands that care for a file. */
const CARE = [DATABASE, ZONE, JSON_OUTPUT]

export const COMMANDS: ReadonlyArray<Command.Command> = [
  Command.make({
    name: "status",
    summary: "balance, burn rate, runway and projected charge, from what is kept where it is fresh",
    options: [
      ...COMMON,
      JSON_OUTPUT,
      option("--max-age <span>", "how old what is kept may be, such as 60s or 5m (default: 5m)"),
      option("--offline", "read what is kept, never ask the API"),
      option("--as-of <time>", "report on a moment of the past, from what is kept"),
      option(
        "--pay-as-you-go <on|off>",
        "whether usage is charged once credits are gone (default: what the API says, else what was said last, else\nwhat the history shows)",
      ),
    ],
    load: () => import("./commands/Status.js"),
  }),
  Command.make({
    name: "fetch",
    summary: "ask the API now, keep the answer, print the balance",
    options: [...COMMON, JSON_OUTPUT],
    load: () => import("./commands/Fetch.js"),
  }),
  Command.make({
    name: "history",
    summary: "what was seen, one reading a line, the newest last: balance, amount due and next refresh",
    options: [
      ...KEPT,
      option("--from <time>", "seen at or after it, such as 2026-11-01T00:00:00Z (default: the first reading)"),
      option("--to <time>", "seen before it (default: up to the last reading)"),
      option("--limit <n>", "the newest so many of them"),
      option("--json", "print one JSON object a line: account, observedAt, balance"),
    ],
    load: () => import("./commands/History.js"),
  }),
  Command.make({
    name: "ledger",
    summary: "the statement of an account: what explains each change of the balance, and its totals",
    options: [
      ...KEPT,
      option("--from <time>", "open with the newest reading at or before it (default: the first reading)"),
      option("--to <time>", "close with the newest reading at or before it (default: the last reading)"),
      JSON_OUTPUT,
    ],
    notes:
      "Each event happened until a time, and within a span before it. An amount that cannot be told exactly stands\nbetween bounds, and ? marks an event that may not have happened; readings without an event are counted, not shown. Statements of neighbouring spans add up.",
    load: () => import("./commands/Ledger.js"),
  }),
  Command.make({
    name: "statement",
    summary: "what was used, refreshed, granted, charged and paid, by days, weeks, months or cycles",
    options: [
      ...KEPT,
      option("--by <period>", "day, week (from Monday on), month, or cycle (from one refresh to the next)")
        .choices(["day", "week", "month", "cycle"])
        .default("month"),
      option("--from <time>", "begin there (default: the first snapshot)"),
      option("--to <time>", "end there (default: the last snapshot)"),
      option("--format <format>", "how it is written").choices(["text", "csv"]).default("text"),
      JSON_OUTPUT,
    ],
    notes:
      "Each row closes: opening + what came - what went = closing. ~ marks an estimate between bounds. The totals are\nthose of ledger; statements of neighbouring spans add up.",
    load: () => import("./commands/Statement.js"),
  }),
  Command.make({
    name: "import",
    summary: "take history in from files, one reading a line; needs no token",
    args: [["<files...>", "files of JSON lines, gzip or not; - is standard input"]],
    options: [
      option("--subject <subject>", "take the lines of user:ID, org:ID or me:LABEL alone"),
      DATABASE,
      option("--base-url <url>", "base URL of lines that name none (default: $ZOO_HOST, else https://api.zoo.dev)"),
      option("--allow-future", "take lines observed more than 5 minutes after now"),
      JSON_OUTPUT,
    ],
    notes:
      'A line is {"subject":"user:ID","observed_at":"2026-11-22T09:00:00Z","body":{…}}, with "base_url" where it is\nanother one; the body is the API\'s answer. A line of export, with "balance" instead, is one too. A line that is\nkept already changes nothing. Bad lines are named on standard error, the first 20 of them, and written to\nFILE.rejected.jsonl (stdin.rejected.jsonl), which is replaced; the good ones are kept, and the exit code is 65. A file\nof which 20 lines are no JSON objects and none is good is read no further, and its lines are not written.',
    load: () => import("./commands/Import.js"),
  }),
  Command.make({
    name: "export",
    summary: "write out what is kept: all of it, or as narrowed; needs no token",
    options: [
      option("--format <format>", "how it is written").choices(["jsonl", "csv", "parquet"]).makeOptionMandatory(),
      option("--out <path>", "file to make, of parquet a folder (default: standard output)"),
      option("--force", "replace the file or folder of an earlier export"),
      option("--subject <subject>", "write the history of user:ID or org:ID alone"),
      option("--from <time>", "seen at or after it, such as 2026-11-01T00:00:00Z"),
      option("--to <time>", "seen before it"),
      DATABASE,
      ZONE,
    ],
    notes:
      "Lines of jsonl are what import reads. Amounts are written with all of their digits, times in UTC. An export\nhas its final name once it is whole; the same history is exported to the same bytes.",
    load: () => import("./commands/Export.js"),
  }),
  Command.make({
    name: "verify",
    summary: "check that the history is what was written, and that the ledger of every account is balanced",
    options: [of("check the accounts of"), ONE_URL, ...CARE],
    notes:
      "Reads the whole file: its pages and references, the checksum of every row, the ledger of every account, and whether\nstored usage is what the ledger computes. Corrections, which nothing else explains, are listed with their amounts.\nExit code 74: damaged.",
    load: () => import("./commands/Verify.js"),
  }),
  Command.make({
    name: "prune",
    summary: "remove old snapshots and keep every total; without --yes, only count them",
    options: [
      option(
        "--before <time>",
        "remove snapshots observed before a time or a date, or longer ago than an age such as 90d",
      ).makeOptionMandatory(),
      option("--thin <unit>", "keep the last snapshot of each UTC hour or day (default: day)").choices(["hour", "day"]),
      option("--yes", "do it"),
      of("prune the accounts of"),
      ONE_URL,
      ...CARE,
    ],
    notes:
      "Whole UTC days are pruned, and the usage and events of each are stored first: status, ledger and forecast give the\nsame totals before and after. history and export have the snapshots that stay. The account is then sealed up to the\nend of the last day that lost a snapshot: snapshots from before that time are not accepted any more.",
    load: () => import("./commands/Prune.js"),
  }),
  Command.make({
    name: "forget",
    summary: "remove an account, or its snapshots of a span; without --yes, only say what would be removed",
    options: [
      of("the account to forget:").makeOptionMandatory(),
      ONE_URL,
      option(
        "--from <time>",
        "remove only snapshots observed at or after it, such as 2026-11-22T09:00:00Z or 2026-11-22",
      ),
      option("--to <time>", "remove only snapshots observed before it"),
      option("--yes", "do it; it cannot be undone"),
      ...CARE,
    ],
    notes:
      "Without --from and --to, the whole account is removed: snapshots, usage, and the links from tokens to it. The file is\nthen rewritten, so that no trace is left in it. Backups and exports that were made before are not touched. Snapshots\nof a pruned span cannot be removed one by one.",
    load: () => import("./commands/Forget.js"),
  }),
  Command.make({
    name: "backup",
    summary: "copy the whole history into a new file, while others work on it",
    args: [["<file>", "file to make; one that is there is never replaced"]],
    options: [DATABASE, JSON_OUTPUT],
    notes:
      "The copy is of one moment, and is a history itself: name it with --db, or put it in the place of a damaged one.",
    load: () => import("./commands/Backup.js"),
  }),
  Command.make({
    name: "accounts",
    summary: "list the accounts with their snapshots, and up to which time they are pruned",
    options: CARE,
    load: () => import("./commands/Accounts.js"),
  }),
  Command.make({
    name: "accounts join",
    summary: "make the history of one account part of another one's",
    args: [
      ["<from>", "account that goes, such as me:LABEL"],
      ["<into>", "account that takes it in, such as user:ID"],
    ],
    options: [
      option("--base-url <url>", "base URL of both (default: $ZOO_HOST, else https://api.zoo.dev)"),
      DATABASE,
      JSON_OUTPUT,
    ],
    notes:
      "Which accounts are one is never guessed. It cannot be undone where both have snapshots. Tokens of the first account\nopen the second one afterwards. Refused where a snapshot of one lies in the pruned span of the other.",
    load: () => import("./commands/Join.js"),
  }),
  Command.make({
    name: "doctor",
    summary: "tell how the program, its file and its surroundings are; changes nothing",
    options: [API, DATABASE, JSON_OUTPUT],
    notes: "Each finding is ok, warn or bad, and says what to do. Exit code 74: one is bad.",
    load: () => import("./commands/Doctor.js"),
  }),
  Command.make({
    name: "decode",
    summary: "decode a balance body, or with --lines one a line, from a file or standard input",
    args: [["[file]", "file; standard input without it"]],
    options: [
      option("--lines", "one body a line; answers one line of JSON each"),
      option("--strict", "reject a body that says more than the published contract"),
      JSON_OUTPUT,
    ],
    load: () => import("./commands/Decode.js"),
  }),
  Command.make({
    name: "demo",
    summary: "poll a simulated account from a stub of the API, and print its status: needs no token",
    options: [option("--seed <number>", "seed of the simulated account").default("2"), ZONE, JSON_OUTPUT],
    load: () => import("./commands/Demo.js"),
  }),
]
