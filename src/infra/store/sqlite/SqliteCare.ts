/** Care of an open file. */
import * as Effect from "effect/Effect"
import type * as Account from "../../../domain/history/Account.js"
import type * as StoreCare from "../StoreCare.js"
import { StoreCannotOpen, type StoreError } from "../StoreError.js"
import * as Backup from "./Backup.js"
import * as Checker from "./Checker.js"
import type * as Connection from "./Connection.js"
import * as Fault from "./Fault.js"
import * as Join from "./Join.js"
import { explain, type OpenFile, slice } from "./OpenFile.js"
import * as Period from "./Period.js"
import * as Turn from "./Turn.js"

const FORGET = "SnapshotStore.forget"

/** Removes an account, and with it every trace in free pages and in the log. */
export const forget = (
  connection: Connection.Connection,
  file: OpenFile,
  account: Account.Account,
): Effect.Effect<number, StoreError> =>
  Effect.gen(function* () {
    const count = yield* connection.write(
      FORGET,
      () => {
        file.keeper.forget()
        const id = file.accounts.find(account)
        if (id === undefined) return 0
        const looks = file.days.looksOf(id)
        file.remove({ id, account })
        return looks
      },
      () => file.keeper.forget(),
    )
    // Also where nothing was kept: a removal that was stopped here may have left its traces.
    yield* connection.alone(FORGET, () => file.database.exec("VACUUM"))
    yield* checkpoint(connection, file, FORGET)
    return count
  })

const checkpoint = (
  connection: Connection.Connection,
  file: OpenFile,
  operation: string,
): Effect.Effect<void, StoreError> =>
  connection.alone(operation, () => {
    const [result] = file.database.pragma("wal_checkpoint(TRUNCATE)") as ReadonlyArray<{ readonly busy: number }>
    if (result !== undefined && result.busy !== 0) throw Fault.busy()
  })

const CHECK = "StoreCare.checkAccount"

const checkAccount = (
  connection: Connection.Connection,
  file: OpenFile,
  account: Account.Account,
): Effect.Effect<StoreCare.Checked, StoreError> =>
  Effect.gen(function* () {
    const known = yield* connection.read(CHECK, () => {
      const id = file.accounts.find(account)
      return id === undefined ? undefined : { known: { id, account }, strays: file.checker.strays({ id, account }) }
    })
    if (known === undefined) return { days: 0, snapshots: 0, damage: [] }
    const damage: Array<StoreCare.Damage> = [...known.strays]
    const sum = { days: 0, snapshots: 0 }
    let reached: number | undefined = Period.BEFORE_ALL
    while (reached !== undefined) {
      const from: number = reached
      const checked = yield* connection.read(CHECK, () => {
        const isTimeUp = slice()
        const days: Array<Checker.CheckedDay> = []
        let day: Checker.CheckedDay | undefined
        do {
          day = file.checker.nextDay(known.known, day?.day ?? from)
          if (day !== undefined) days.push(day)
        } while (day !== undefined && !isTimeUp())
        return { days, reached: day?.day }
      })
      for (const day of checked.days) {
        sum.days++
        sum.snapshots += day.snapshots
        damage.push(...day.damage.slice(0, Checker.MOST - damage.length))
      }
      reached = checked.reached
      yield* Turn.next
    }
    return { ...sum, damage }
  })

/** The care of an open file. */
export const make = (connection: Connection.Connection, file: OpenFile): StoreCare.Service => ({
  checkFile: connection.read("StoreCare.checkFile", () => file.checker.file()),
  checkAccount: (account) => checkAccount(connection, file, account),
  backup: (path, { onProgress } = {}) =>
    connection.isFile
      ? Backup.make(connection, path, onProgress)
      : Effect.fail(new StoreCannotOpen({ path: connection.path, reason: "NotAFile" })),
  join: (from, into) => Join.make(connection, file, from, into),
  checkpoint: checkpoint(connection, file, "StoreCare.checkpoint"),
  explain: Effect.flatMap(
    connection.read("StoreCare.explain", () => file.accounts.all()),
    (all) => Effect.forEach(all, (known) => explain(connection, file, "StoreCare.explain", known), { discard: true }),
  ),
})
