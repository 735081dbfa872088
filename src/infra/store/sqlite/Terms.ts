/** What seldom changes of a look, by id: its plan, when the balance was made, and when it is refreshed. Kept once by content. */
import { createHash } from "node:crypto"
import type Database from "better-sqlite3"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as RefreshSchedule from "../../../domain/balance/RefreshSchedule.js"
import * as Timestamp from "../../../domain/time/Timestamp.js"
import { StoreCorrupt } from "../StoreError.js"
import type { TermsHash } from "./Checksum.js"
import * as PlanText from "./PlanText.js"

/** What an id of terms stands for. */
export interface Terms {
  readonly plan: PlanText.Plan
  readonly createdAt: Timestamp.Timestamp
  readonly refresh: RefreshSchedule.RefreshSchedule
  readonly hash: TermsHash
}

/** Terms that are remembered, either way. */
const MOST = 4096

/** The furthest that a `DateTime` goes, either way. */
const LAST_MILLI = 8_640_000_000_000_000

/** The time of whole milliseconds; `None` past the years that are kept. */
export const timeOf = (millis: number): Option.Option<Timestamp.Timestamp> =>
  Number.isInteger(millis) && Math.abs(millis) <= LAST_MILLI
    ? Option.filter(Option.some(Timestamp.fromMillis(millis)), Timestamp.isTimestamp)
    : Option.none()

const hashOf = (digest: Buffer, createdAt: number, refreshAt: number | null): TermsHash => {
  const bytes = createHash("sha256").update(digest).update(`${createdAt} ${refreshAt}`).digest()
  return { high: bytes.readInt32LE(0), low: bytes.readInt32LE(4) }
}

/** The digest of a text that is kept by content. */
export const digestOf = (text: string): Buffer => createHash("sha256").update(text).digest()

interface TermsRow {
  readonly plan_id: number
  readonly created_at: number
  readonly refresh_at: number | null
}

interface Last {
  readonly planText: string
  readonly created: number
  readonly refreshAt: number | null
  readonly id: number
}

/** The terms of an open file. */
export class TermsTable {
  private readonly ids = new Map<string, Map<string, number>>()
  /** The last terms that were asked for: those of the next look are mostly the same. */
  private last: Last | undefined
  private readonly known = new Map<number, Terms>()
  private readonly plans = new Map<number, { readonly plan: PlanText.Plan; readonly digest: Buffer }>()
  private readonly path: string
  private readonly sql

  constructor(path: string, database: Database.Database) {
    this.path = path
    this.sql = {
      plan: database.prepare<[number], { readonly json: string; readonly digest: Buffer }>(
        "SELECT json, digest FROM plan WHERE id = ?",
      ),
      terms: database.prepare<[number], TermsRow>("SELECT plan_id, created_at, refresh_at FROM terms WHERE id = ?"),
      planId: database.prepare<[Buffer], number>("SELECT id FROM plan WHERE digest = ?").pluck(),
      addPlan: database.prepare<[Buffer, string]>("INSERT INTO plan (digest, json) VALUES (?, ?)"),
      termsId: database
        .prepare<[number, number, number | null], number>(
          "SELECT id FROM terms WHERE plan_id = ? AND created_at = ? AND refresh_at IS ?",
        )
        .pluck(),
      addTerms: database.prepare<[number, number, number | null]>(
        "INSERT INTO terms (plan_id, created_at, refresh_at) VALUES (?, ?, ?)",
      ),
    }
  }

  /** Forgets the ids: another process may have removed what nothing uses. What an id stands for never changes once it was kept. */
  forgetIds(): void {
    this.ids.clear()
    this.last = undefined
  }

  /** Forgets what ids stand for, too: one that was rolled back is given again, to something else. */
  forgetAll(): void {
    this.forgetIds()
    this.known.clear()
    this.plans.clear()
  }

  /** The id of terms, which get one where they have none. To be called within a transaction that writes. */
  idOf(planText: string, createdAt: Timestamp.Timestamp, refresh: RefreshSchedule.RefreshSchedule): number {
    const [created, refreshAt] = [createdAt.epochMillis, refresh._tag === "RefreshAt" ? refresh.at.epochMillis : null]
    const { last } = this
    if (last?.planText === planText && last.created === created && last.refreshAt === refreshAt) return last.id
    const id = this.findId(planText, created, refreshAt)
    this.last = { planText, created, refreshAt, id }
    return id
  }

  private findId(planText: string, created: number, refreshAt: number | null): number {
    let ofPlan = this.ids.get(planText)
    if (ofPlan === undefined) {
      if (this.ids.size >= MOST) this.ids.clear()
      ofPlan = new Map()
      this.ids.set(planText, ofPlan)
    }
    const key = `${created} ${refreshAt}`
    const known = ofPlan.get(key)
    if (known !== undefined) return known
    const digest = digestOf(planText)
    const planId = this.sql.planId.get(digest) ?? Number(this.sql.addPlan.run(digest, planText).lastInsertRowid)
    const id =
      this.sql.termsId.get(planId, created, refreshAt) ??
      Number(this.sql.addTerms.run(planId, created, refreshAt).lastInsertRowid)
    if (ofPlan.size >= MOST) ofPlan.clear()
    ofPlan.set(key, id)
    return id
  }

  /**
   * What an id stands for.
   *
   * @throws StoreCorrupt where the file does not tell.
   */
  of(id: number): Terms {
    const known = this.known.get(id)
    if (known !== undefined) return known
    const row = this.sql.terms.get(id)
    if (row === undefined) throw this.corrupt("terms", `${id}`)
    const { digest, plan } = this.planOf(row.plan_id)
    const time = (column: string, millis: number): Timestamp.Timestamp =>
      Option.getOrThrowWith(timeOf(millis), () => this.corrupt("terms", `${id} ${column}`))
    const terms: Terms = {
      plan,
      createdAt: time("created_at", row.created_at),
      refresh:
        row.refresh_at === null
          ? RefreshSchedule.unscheduled
          : RefreshSchedule.refreshAt(time("refresh_at", row.refresh_at)),
      hash: hashOf(digest, row.created_at, row.refresh_at),
    }
    if (this.known.size >= MOST) this.known.clear()
    this.known.set(id, terms)
    return terms
  }

  private planOf(id: number) {
    const known = this.plans.get(id)
    if (known !== undefined) return known
    const row = this.sql.plan.get(id)
    const plan = Either.flatMap(
      Either.fromNullable(row?.json, () => "no such row"),
      PlanText.decode,
    )
    if (row === undefined || Either.isLeft(plan)) {
      throw this.corrupt("plan", `${id} json`, Either.isLeft(plan) ? plan.left : undefined)
    }
    const found = { plan: plan.right, digest: row.digest }
    if (this.plans.size >= MOST) this.plans.clear()
    this.plans.set(id, found)
    return found
  }

  private corrupt(table: string, key: string, cause?: unknown): StoreCorrupt {
    return new StoreCorrupt({ path: this.path, table, key, cause })
  }
}
