/** The grammar of the commands that care for the store. */
import { type Command, Option } from "commander"
import * as Data from "effect/Data"
import * as Prune from "./commands/Prune.js"
import type * as Span from "./Span.js"

/** Options as they were written. */
export interface Written {
  readonly db?: string
  readonly baseUrl?: string
  readonly subject?: string
  readonly zone?: string
  readonly json?: boolean
}

/** A command with its options as they were written. */
export type CareInvocation = Data.TaggedEnum<{
  Verify: { readonly written: Written }
  Prune: {
    readonly written: Written & {
      readonly before: string
      readonly thin?: (typeof Prune.THIN)[number]
      readonly yes?: boolean
    }
  }
  Forget: { readonly written: Written & Span.Written & { readonly subject: string; readonly yes?: boolean } }
  Backup: { readonly written: Written; readonly file: string }
  Accounts: { readonly written: Written }
  Join: { readonly written: Written; readonly from: string; readonly into: string }
  Doctor: { readonly written: Written }
}>

/** Constructors and matcher of invocations. */
export const CareInvocation = Data.taggedEnum<CareInvocation>()

type WrittenOf<Tag extends CareInvocation["_tag"]> = Extract<
  CareInvocation,
  { readonly _tag: Tag; readonly written: unknown }
>["written"]

const db = () => new Option("--db <file>", "file of the history (default: $XDG_DATA_HOME/zoo-runway/history.db)")
const json = () => new Option("--json", "print JSON")
const zone = () => new Option("--zone <zone>", "time zone of dates, such as Europe/Berlin (default: UTC)")
const baseUrl = () => new Option("--base-url <url>", "accounts of this base URL alone (default: of any)")
const subject = (what: string) => new Option("--subject <subject>", `${what} user:ID, org:ID or me:LABEL`)

/** Adds the commands to the program; `invoke` is told which was called. */
export const register = (program: Command, invoke: (invocation: CareInvocation) => void): void => {
  program
    .command("verify")
    .description("check that the history is what was written, and that the ledger of every account is balanced")
    .addOption(subject("check the accounts of"))
    .addOption(baseUrl())
    .addOption(db())
    .addOption(zone())
    .addOption(json())
    .addHelpText(
      "after",
      "\nReads the whole file: its pages and references, the checksum of every row, the ledger of every account, and whether\nstored usage is what the ledger computes. Corrections, which nothing else explains, are listed with their amounts.\nExit code 74: damaged.",
    )
    .action((written: Written) => invoke(CareInvocation.Verify({ written })))
  program
    .command("prune")
    .description("remove old snapshots and keep every total; without --yes, only count them")
    .requiredOption(
      "--before <time>",
      "remove snapshots observed before a time or a date, or longer ago than an age such as 90d",
    )
    .addOption(
      new Option("--thin <unit>", "keep the last snapshot of each UTC hour or day (default: day)").choices(Prune.THIN),
    )
    .option("--yes", "do it")
    .addOption(subject("prune the accounts of"))
    .addOption(baseUrl())
    .addOption(db())
    .addOption(zone())
    .addOption(json())
    .addHelpText(
      "after",
      "\nWhole UTC days are pruned, and the usage and events of each are stored first: status, ledger and forecast give the\nsame totals before and after. history and export have the snapshots that stay. The account is then sealed up to the\nend of the last day that lost a snapshot: snapshots from before that time are not accepted any more.",
    )
    .action((written: WrittenOf<"Prune">) => invoke(CareInvocation.Prune({ written })))
  program
    .command("forget")
    .description("remove an account, or its snapshots of a span; without --yes, only say what would be removed")
    .addOption(subject("the account to forget:").makeOptionMandatory())
    .addOption(baseUrl())
    .option(
      "--from <time>",
      "remove only snapshots observed at or after it, such as 2026-11-22T09:00:00Z or 2026-11-22",
    )
    .option("--to <time>", "remove only snapshots observed before it")
    .option("--yes", "do it; it cannot be undone")
    .addOption(db())
    .addOption(zone())
    .addOption(json())
    .addHelpText(
      "after",
      "\nWithout --from and --to, the whole account is removed: snapshots, usage, and the links from tokens to it. The file is\nthen rewritten, so that no trace is left in it. Backups and exports that were made before are not touched. Snapshots\nof a pruned span cannot be removed one by one.",
    )
    .action((written: WrittenOf<"Forget">) => invoke(CareInvocation.Forget({ written })))
  program
    .command("backup")
    .description("copy the whole history into a new file, while others work on it")
    .argument("<file>", "file to make; one that is there is never replaced")
    .addOption(db())
    .addOption(json())
    .addHelpText(
      "after",
      "\nThe copy is of one moment, and is a history itself: name it with --db, or put it in the place of a damaged one.",
    )
    .action((file: string, written: Written) => invoke(CareInvocation.Backup({ written, file })))
  const accounts = program
    .command("accounts")
    .description("list the accounts with their snapshots, and up to which time they are pruned")
    .addOption(db())
    .addOption(zone())
    .addOption(json())
    .action((written: Written) => invoke(CareInvocation.Accounts({ written })))
  accounts
    .command("join")
    .description("make the history of one account part of another one's")
    .argument("<from>", "account that goes, such as me:LABEL")
    .argument("<into>", "account that takes it in, such as user:ID")
    .option("--base-url <url>", "base URL of both (default: $ZOO_HOST, else https://api.zoo.dev)")
    .addOption(db())
    .addOption(json())
    .addHelpText(
      "after",
      "\nWhich accounts are one is never guessed. It cannot be undone where both have snapshots. Tokens of the first account\nopen the second one afterwards. Refused where a snapshot of one lies in the pruned span of the other.",
    )
    .action((from: string, into: string, _: Written, command: Command) =>
      invoke(CareInvocation.Join({ written: command.optsWithGlobals<Written>(), from, into })),
    )
  program
    .command("doctor")
    .description("tell how the program, its file and its surroundings are; changes nothing")
    .addOption(new Option("--base-url <url>", "base URL of the API (default: $ZOO_HOST, else https://api.zoo.dev)"))
    .addOption(db())
    .addOption(json())
    .addHelpText("after", "\nEach finding is ok, warn or bad, and says what to do. Exit code 74: one is bad.")
    .action((written: Written) => invoke(CareInvocation.Doctor({ written })))
}
