/** Makes a history: a file of snapshots of one account up to a time, with usage at rest or without. */
import * as Polls from "../store/Polls.js"
import * as Store from "../store/Store.js"
import { answer, must, told } from "../store/Trial.js"

const { count, every, isFilled, path, until } = told<{
  readonly path: string
  readonly count: number
  /** Minutes between snapshots. */
  readonly every: number
  /** After the last snapshot, in milliseconds since 1970. */
  readonly until: number
  readonly isFilled: boolean
}>()

const PART = 20_000
const MINUTE = 60_000

const writer = Store.many(path)
const polls = Polls.of("calm", count, { from: until - count * every * MINUTE, every })
for (;;) {
  const given = Polls.next(polls, PART).map((poll) => ({ ...poll, snapshot: Polls.decoded(poll) }))
  if (given.length === 0) break
  await writer.write(given)
}
await writer.close()
must((await writer.count()) === count, `the history does not hold ${count}`)
answer({ days: isFilled ? await Store.fill(path) : 0 })
