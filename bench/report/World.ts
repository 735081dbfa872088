/** The services over a history, and whose history it is. */
import * as Layer from "effect/Layer"
import * as Subject from "../../src/domain/balance/Subject.js"
import * as SnapshotStore from "../../src/infra/SnapshotStore.js"
import * as Balances from "../../src/services/Balances.js"
import * as RunwayAnalysis from "../../src/services/RunwayAnalysis.js"
import * as UsageSeries from "../../src/services/UsageSeries.js"
import { USER } from "../store/Polled.js"

export const subject = Subject.user(USER)

/** The services of a host, without an API to ask. */
export const services = (path: string) =>
  RunwayAnalysis.layer.pipe(
    Layer.provideMerge(Balances.layerOffline()),
    Layer.provideMerge(UsageSeries.layer),
    Layer.provideMerge(SnapshotStore.layerSqlite({ path, synchronous: "NORMAL" })),
  )
