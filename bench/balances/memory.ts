/** A trial: a backend with far more customers than it caches, and its memory while it reads. */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Balances from "../../src/services/Balances.js"
import * as FetchPolicy from "../../src/services/FetchPolicy.js"
import { answer, must, timed, told } from "../store/Trial.js"
import * as World from "./World.js"

const { capacity, folder, reads, subjects } = told<{
  readonly folder: string
  readonly subjects: number
  readonly reads: number
  readonly capacity: number
}>()

const policy = FetchPolicy.cacheFirst("1 day")
const runtime = ManagedRuntime.make(World.services(join(folder, "memory.db"), capacity))

/** A walk over all customers in no order, each made anew, as a request brings its customer's token. */
const customerOf = (nth: number): World.Customer => World.customer((nth * 7919) % subjects)

const read = (from: number, count: number) =>
  runtime.runPromise(
    Effect.gen(function* () {
      const balances = yield* Balances.Balances
      let fresh = 0
      for (let nth = from; nth < from + count; nth++) {
        const { credential, subject } = customerOf(nth)
        const reading = yield* balances.get(subject, { credential, policy })
        if (reading._tag === "Fresh") fresh++
      }
      return fresh
    }),
  )

const collect = (): number => {
  void globalThis.gc?.()
  return process.memoryUsage.rss()
}

must((await read(0, subjects)) === subjects, "every customer has a balance")
must(World.calls.count === subjects, "one call a customer")
const rss = [collect()]
const heap = [process.memoryUsage().heapUsed]
const parts = 20
let nanoseconds = 0
for (let part = 0; part < parts; part++) {
  nanoseconds += await timed(async () => {
    const fresh = await read(subjects + part * (reads / parts), reads / parts)
    must(fresh === reads / parts, "what is stored is returned")
  })
  rss.push(collect())
  heap.push(process.memoryUsage().heapUsed)
}
must(World.calls.count === subjects, "no call for what is stored")
await runtime.dispose()
answer({ rss, heap, nanoseconds: nanoseconds / reads, peak: process.resourceUsage().maxRSS * 1024 })
