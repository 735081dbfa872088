/**
 * How long Zoo API credits last and what will be billed: the domain, the history, the API and the services over them.
 *
 * @module zoo-runway
 */
export * from "./domain.js"
export * as AccountDirectory from "./infra/store/AccountDirectory.js"
export * as Answers from "./infra/store/Answers.js"
export * as Leases from "./infra/store/Leases.js"
export * as SnapshotStore from "./infra/store/SnapshotStore.js"
export * as StoreCare from "./infra/store/StoreCare.js"
export * as StoreError from "./infra/store/StoreError.js"
export * as Credentials from "./infra/zoo/Credentials.js"
export * as ZooClient from "./infra/zoo/ZooClient.js"
export * as ZooError from "./infra/zoo/ZooError.js"
export * as Balances from "./services/Balances.js"
export * as DriftWatch from "./services/DriftWatch.js"
export * as FetchPolicy from "./services/FetchPolicy.js"
export * as HistoryExport from "./services/HistoryExport.js"
export * as HistoryImport from "./services/HistoryImport.js"
export * as Metrics from "./services/Metrics.js"
export * as Poller from "./services/Poller.js"
export * as Reading from "./services/Reading.js"
export * as RunwayAnalysis from "./services/RunwayAnalysis.js"
export * as Statement from "./services/Statement.js"
export * as Verification from "./services/Verification.js"
export * as Zoo from "./services/Zoo.js"
