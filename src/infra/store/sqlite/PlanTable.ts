/** The table `plan`: what many balances have in common (subscription, its price, and ids), as canonical JSON, stored once by content. */
import { createHash } from "node:crypto"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as CustomerBalance from "../../../domain/balance/CustomerBalance.js"
import * as Price from "../../../domain/balance/Price.js"
import * as Subscription from "../../../domain/balance/Subscription.js"
import * as Memo from "../../Memo.js"
import { StoreCorrupt } from "../StoreError.js"
import type * as Driver from "./Driver.js"

const Plan = CustomerBalance.CustomerBalance.pick("subscription", "subscriptionId", "enterprisePrice", "id", "mapId")
/** `{ subscription, subscriptionId, enterprisePrice, id, mapId }` of a balance. */
export type Plan = typeof Plan.Type

const encodePlan = Schema.encodeEither(Plan)
const decodePlan = Schema.decodeUnknownEither(Schema.parseJson(Plan))

/** Encodes a balance's plan; fails where a part is not valid. */
export const encode = (balance: Plan): Either.Either<string, ParseResult.ParseError> => {
  const { enterprisePrice, id, mapId, subscription, subscriptionId } = balance
  return Either.map(encodePlan({ subscription, subscriptionId, enterprisePrice, id, mapId }), (plan) =>
    JSON.stringify(plan),
  )
}

const sameText = (a: Option.Option<string>, b: Option.Option<string>): boolean =>
  Option.isSome(a) ? Option.isSome(b) && a.value === b.value : Option.isNone(b)
const samePrice = Option.getEquivalence(Price.same)
const sameSubscription = Option.getEquivalence(Subscription.equivalence)

/** Whether two balances have the same plan, and so the same text. */
export const equivalence = (a: Plan, b: Plan): boolean =>
  a === b ||
  (sameSubscription(a.subscription, b.subscription) &&
    sameText(a.subscriptionId, b.subscriptionId) &&
    samePrice(a.enterprisePrice, b.enterprisePrice) &&
    sameText(a.id, b.id) &&
    sameText(a.mapId, b.mapId))

const digestOf = (json: string): Buffer => createHash("sha256").update(json).digest()

const MAX_CACHED = 4096

/** The table of an open file. */
export class PlanTable {
  private readonly path: string | undefined
  private readonly ids = new Memo.RecentMap<number>(MAX_CACHED)
  private readonly plans = new Map<number, Plan>()
  private readonly sql

  constructor(path: string | undefined, database: Driver.Database) {
    this.path = path
    this.sql = {
      one: database.prepare<[number], { readonly digest: unknown; readonly json: unknown }>(
        "SELECT digest, json FROM plan WHERE id = ?",
      ),
      id: database.prepare<[Buffer], number>("SELECT id FROM plan WHERE digest = ?").pluck(),
      add: database.prepare<[Buffer, string]>("INSERT INTO plan (digest, json) VALUES (?, ?)"),
      ids: database.prepare<[], number>("SELECT id FROM plan ORDER BY id").pluck(),
      count: database.prepare<[], number>("SELECT count(*) FROM plan").pluck(),
      removeUnused: database.prepare<[]>("DELETE FROM plan WHERE id NOT IN (SELECT plan_id FROM snapshot)"),
    }
  }

  /** Forgets ids: another process may have removed an unused plan. What an id stands for never changes once it is committed. */
  forgetIds(): void {
    this.ids.clear()
  }

  /** Forgets everything: an id that was rolled back may be given to another plan. */
  forgetAll(): void {
    this.ids.clear()
    this.plans.clear()
  }

  /** The id of a plan's text; `undefined` where it is not stored. */
  find(json: string): number | undefined {
    const cached = this.ids.get(json)
    if (cached !== undefined) return cached
    const id = this.sql.id.get(digestOf(json))
    if (id !== undefined) this.cache(json, id)
    return id
  }

  /** The id of a plan's text, which is added where it has none. Runs within a transaction that writes. */
  idOf(json: string): number {
    const found = this.find(json)
    if (found !== undefined) return found
    const id = Number(this.sql.add.run(digestOf(json), json).lastInsertRowid)
    this.cache(json, id)
    return id
  }

  private cache(json: string, id: number): void {
    this.ids.set(json, id)
  }

  /**
   * The plan of an id.
   *
   * @throws StoreCorrupt where there is none, or it does not read.
   */
  of(id: number): Plan {
    const cached = this.plans.get(id)
    if (cached !== undefined) return cached
    const plan = this.read(id)
    if (this.plans.size >= MAX_CACHED) this.plans.clear()
    this.plans.set(id, plan)
    return plan
  }

  /** Counts the plans. */
  count(): number {
    return this.sql.count.get() ?? 0
  }

  /** Removes plans that no snapshot has. */
  removeUnused(): void {
    this.forgetIds()
    this.sql.removeUnused.run()
  }

  /** Ids of plans that do not read. */
  damaged(): ReadonlyArray<number> {
    return this.sql.ids.all().filter((id) => {
      try {
        this.read(id)
        return false
      } catch (cause) {
        if (cause instanceof StoreCorrupt) return true
        throw cause
      }
    })
  }

  private read(id: number): Plan {
    const row = this.sql.one.get(id)
    const corrupt = (cause?: unknown) => new StoreCorrupt({ path: this.path, table: "plan", key: `${id}`, cause })
    if (row === undefined || typeof row.json !== "string" || !Buffer.isBuffer(row.digest)) throw corrupt()
    if (!digestOf(row.json).equals(row.digest)) throw corrupt()
    const plan = decodePlan(row.json)
    if (Either.isLeft(plan)) throw corrupt(plan.left)
    return plan.right
  }
}
