/** The grammar of the commands that care for the store. */
import { type Command, Option } from "commander"
import * as Data from "effect/Data"
import * as Prune from "./commands/Prune.js"

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
  Verify: { readonly written: Written & { readonly explain?: boolean } }
  Prune: {
    readonly written: Written & {
      readonly before: string
      readonly thin?: (typeof Prune.THIN)[number]
      readonly yes?: boolean
    }
  }
  Forget: { readonly written: Written & { readonly subject: string; readonly yes?: boolean } }
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
    .description("check that what is kept is what was put in, and that the books of every account close")
    .addOption(subject("check the accounts of"))
    .addOption(baseUrl())
    .option("--explain", "first work out the sums that wait for it, which writes to the file")
    .addOption(db())
    .addOption(zone())
    .addOption(json())
    .addHelpText(
      "after",
      "\nReads the whole file: its pages and references, the checksum and the sums of every day, and the ledger of every\naccount. Corrections, which nothing else explains, are told with their amounts. Exit code 74: damaged.",
    )
    .action((written: WrittenOf<"Verify">) => invoke(CareInvocation.Verify({ written })))
  program
    .command("prune")
    .description("remove old looks and keep the sums of their usage; without --yes, tell what would go")
    .requiredOption("--before <time>", "remove what was seen before a time, or longer ago than an age such as 90d")
    .addOption(new Option("--thin <unit>", "keep the last look of each hour or day (UTC)").choices(Prune.THIN))
    .option("--yes", "do it")
    .addOption(subject("prune the accounts of"))
    .addOption(baseUrl())
    .addOption(db())
    .addOption(zone())
    .addOption(json())
    .addHelpText(
      "after",
      "\nWhole days (UTC) are pruned. The sums of usage of each day stay in the file; what the balance was within a pruned\nday is gone, and history, ledger and status read the looks that are left. With --thin, looks on both sides of a\nrefresh, an expiry, a grant, a payment, a renewal, a plan change or a correction always stay. Looks of pruned\ndays are not taken in again, and a day is thinned once.",
    )
    .action((written: WrittenOf<"Prune">) => invoke(CareInvocation.Prune({ written })))
  program
    .command("forget")
    .description("remove all that is kept of somebody; without --yes, tell what that is")
    .addOption(subject("whom to forget:").makeOptionMandatory())
    .addOption(baseUrl())
    .option("--yes", "do it; it cannot be undone")
    .addOption(db())
    .addOption(zone())
    .addOption(json())
    .addHelpText(
      "after",
      "\nLooks, sums and whoever was known to open the account are removed, and the file is written anew, so that nothing\nof it is left in the file. Backups and exports that were made before are not touched.",
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
    .description("list whose histories are kept")
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
      "\nWhich accounts are one is for you to know: it is never guessed, and cannot be undone where both have looks.\nWhoever opened the first opens the second. Join before pruning: pruned accounts cannot be joined.",
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
