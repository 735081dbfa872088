/** The table `billing`: the overdraft policy given last for an account, and what the API last said about a block and the collection threshold. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Block from "../../../domain/balance/Block.js"
import * as CollectionThreshold from "../../../domain/balance/CollectionThreshold.js"
import * as Timestamp from "../../../domain/time/Timestamp.js"
import * as BillingState from "../BillingState.js"
import { StoreCorrupt } from "../StoreError.js"
import type { AccountTable } from "./AccountTable.js"
import * as Checksum from "./Checksum.js"
import type * as Connection from "./Connection.js"
import type * as Driver from "./Driver.js"

/** A row without its account. Times are milliseconds since 1970; texts are JSON. */
interface Parts {
  readonly overdraft: string | null
  readonly overdraft_at: number | null
  /** NULL where `block_at` is not: the API said that the account is not blocked. */
  readonly block: string | null
  readonly block_at: number | null
  readonly threshold: string | null
  readonly threshold_at: number | null
}

interface Row extends Parts {
  readonly account_id: number
  readonly checksum: number
}

const COLUMNS = "account_id, overdraft, overdraft_at, block, block_at, threshold, threshold_at, checksum"

const EMPTY: Parts = {
  overdraft: null,
  overdraft_at: null,
  block: null,
  block_at: null,
  threshold: null,
  threshold_at: null,
}

/** The values of a row's parts, in the order of the columns. */
const valuesOf = ({ block, block_at, overdraft, overdraft_at, threshold, threshold_at }: Parts) =>
  [overdraft, overdraft_at, block, block_at, threshold, threshold_at] as const

const checksumOf = (accountId: number, parts: Parts): number => Checksum.of([accountId, ...valuesOf(parts)])

const isText = (value: unknown): boolean => value === null || typeof value === "string"
const isTime = (value: unknown): boolean => value === null || Number.isSafeInteger(value)

const isSound = (row: Row): boolean =>
  isText(row.overdraft) &&
  isText(row.block) &&
  isText(row.threshold) &&
  isTime(row.overdraft_at) &&
  isTime(row.block_at) &&
  isTime(row.threshold_at) &&
  checksumOf(row.account_id, row) === row.checksum

const PolicyText = Schema.parseJson(BillingState.GivenPolicy)
const encodePolicy = Schema.encodeSync(PolicyText)
const decodePolicy = Schema.decodeUnknownOption(PolicyText)

const BlockText = Schema.parseJson(Block.Block)
const encodeBlock = Schema.encodeSync(BlockText)
const decodeBlock = Schema.decodeUnknownOption(BlockText)

const ThresholdText = Schema.parseJson(CollectionThreshold.CollectionThreshold)
const encodeThreshold = Schema.encodeSync(ThresholdText)
const decodeThreshold = Schema.decodeUnknownOption(ThresholdText)

const timeOf = (millis: number): Option.Option<Timestamp.Timestamp> =>
  Option.filter(Option.some(Timestamp.fromMillis(millis)), Timestamp.isTimestamp)

/** Whether a part of `at` replaces one of `stored`, which says the same or something else. */
const replaces = (at: number, stored: number | null, isSame: boolean): boolean => {
  if (stored === null) return true
  return at >= stored ? !isSame || at - stored >= BillingState.MIN_REPEAT_MS : stored - at > BillingState.MAX_REORDER_MS
}

/** `stored` with the parts of `state` that replace its own. */
const changed = (stored: Parts, { block, overdraft, threshold }: Partial<BillingState.State>): Parts => {
  let parts = stored
  if (overdraft !== undefined && Option.isSome(overdraft)) {
    const [at, text] = [overdraft.value.at.epochMillis, encodePolicy(overdraft.value.policy)]
    if (replaces(at, stored.overdraft_at, text === stored.overdraft)) {
      parts = { ...parts, overdraft: text, overdraft_at: at }
    }
  }
  if (block !== undefined && Option.isSome(block)) {
    const [at, text] = [
      block.value.at.epochMillis,
      Option.getOrNull(Option.map(block.value.block, (each) => encodeBlock(each))),
    ]
    if (replaces(at, stored.block_at, text === stored.block)) parts = { ...parts, block: text, block_at: at }
  }
  if (threshold !== undefined && Option.isSome(threshold)) {
    const [at, text] = [threshold.value.at.epochMillis, encodeThreshold(threshold.value.threshold)]
    if (replaces(at, stored.threshold_at, text === stored.threshold)) {
      parts = { ...parts, threshold: text, threshold_at: at }
    }
  }
  return parts
}

const isSame = (a: Parts, b: Parts): boolean => {
  const values = valuesOf(b)
  return valuesOf(a).every((value, index) => value === values[index])
}

/** The table of an open file. Methods that change rows run within a transaction that writes. */
export class BillingTable {
  private readonly path: string | undefined
  private readonly sql

  constructor(path: string | undefined, database: Driver.Database) {
    this.path = path
    this.sql = {
      find: database.prepare<[number], Row>(`SELECT ${COLUMNS} FROM billing WHERE account_id = ?`),
      all: database.prepare<[], Row>(`SELECT ${COLUMNS} FROM billing ORDER BY account_id`),
      put: database.prepare<[number, ...ReturnType<typeof valuesOf>, number]>(
        `INSERT INTO billing (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (account_id) DO UPDATE SET overdraft = excluded.overdraft, overdraft_at = excluded.overdraft_at,
           block = excluded.block, block_at = excluded.block_at, threshold = excluded.threshold,
           threshold_at = excluded.threshold_at, checksum = excluded.checksum`,
      ),
      remove: database.prepare<[number]>("DELETE FROM billing WHERE account_id = ?"),
    }
  }

  /** What was last said about an account. @throws StoreCorrupt */
  find(accountId: number): BillingState.State {
    const { block, block_at, overdraft, overdraft_at, threshold, threshold_at } = this.parts(accountId)
    const stateOf = <A>(at: number | null, value: () => Option.Option<A>) => {
      if (at === null) return Option.none()
      const both = Option.all({ value: value(), at: timeOf(at) })
      if (Option.isNone(both)) throw this.corrupt(accountId)
      return both
    }
    return {
      overdraft: Option.map(
        stateOf(overdraft_at, () => decodePolicy(overdraft)),
        ({ at, value }) => ({ policy: value, at }),
      ),
      block: Option.map(
        stateOf(block_at, () =>
          block === null ? Option.some(Option.none<Block.Block>()) : Option.map(decodeBlock(block), Option.some),
        ),
        ({ at, value }) => ({ block: value, at }),
      ),
      threshold: Option.map(
        stateOf(threshold_at, () => decodeThreshold(threshold)),
        ({ at, value }) => ({ threshold: value, at }),
      ),
    }
  }

  /** Whether storing would change anything. @throws StoreCorrupt */
  isNews(accountId: number, state: Partial<BillingState.State>): boolean {
    const stored = this.parts(accountId)
    return !isSame(stored, changed(stored, state))
  }

  /** Stores the parts that are present and replace the stored ones. @throws StoreCorrupt */
  note(accountId: number, state: Partial<BillingState.State>): void {
    const stored = this.parts(accountId)
    const next = changed(stored, state)
    if (!isSame(stored, next)) this.put(accountId, next)
  }

  /** Gives the later parts of one account to another one, and removes those of the first. @throws StoreCorrupt */
  move(from: number, into: number): void {
    const [source, target] = [this.parts(from), this.parts(into)]
    const isLater = (at: number | null, than: number | null): boolean => at !== null && (than === null || at > than)
    const overdraft = isLater(source.overdraft_at, target.overdraft_at) ? source : target
    const block = isLater(source.block_at, target.block_at) ? source : target
    const threshold = isLater(source.threshold_at, target.threshold_at) ? source : target
    const parts = {
      overdraft: overdraft.overdraft,
      overdraft_at: overdraft.overdraft_at,
      block: block.block,
      block_at: block.block_at,
      threshold: threshold.threshold,
      threshold_at: threshold.threshold_at,
    }
    this.remove(from)
    if (!isSame(parts, EMPTY)) this.put(into, parts)
  }

  /** Removes what was said about an account. */
  remove(accountId: number): void {
    this.sql.remove.run(accountId)
  }

  /** Ids of the accounts whose rows are not what was written. */
  damaged(): ReadonlyArray<number> {
    return this.sql.all
      .all()
      .filter((row) => !isSound(row))
      .map(({ account_id }) => account_id)
  }

  private parts(accountId: number): Parts {
    const row = this.sql.find.get(accountId)
    if (row === undefined) return EMPTY
    if (!isSound(row)) throw this.corrupt(accountId)
    return row
  }

  private put(accountId: number, parts: Parts): void {
    this.sql.put.run(accountId, ...valuesOf(parts), checksumOf(accountId, parts))
  }

  private corrupt(accountId: number): StoreCorrupt {
    return new StoreCorrupt({ path: this.path, table: "billing", key: `${accountId}` })
  }
}

/** The tables that the port reads and writes. */
export interface Tables {
  readonly accounts: AccountTable
  readonly billing: BillingTable
}

const NOTHING: BillingState.State = { overdraft: Option.none(), block: Option.none(), threshold: Option.none() }

/** Makes the port on a connection. */
export const makeBilling = (connection: Connection.Connection<Tables>): BillingState.Service => ({
  find: (account) =>
    connection.read("BillingState.find", ({ accounts, billing }) => {
      const id = accounts.find(account)
      return id === undefined ? NOTHING : billing.find(id)
    }),
  note: (account, state) =>
    Effect.flatMap(
      connection.read("BillingState.note", ({ accounts, billing }) => {
        const id = accounts.find(account)
        return id === undefined || billing.isNews(id, state)
      }),
      (isNews) =>
        isNews
          ? connection.write("BillingState.note", ({ accounts, billing }) =>
              billing.note(accounts.idOf(account), state),
            )
          : Effect.void,
    ),
})
