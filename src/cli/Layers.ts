/** The library's layers, as the settings of a command ask for them. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as SnapshotStore from "../infra/SnapshotStore.js"
import * as Balances from "../services/Balances.js"
import * as RunwayAnalysis from "../services/RunwayAnalysis.js"
import * as UsageSeries from "../services/UsageSeries.js"
import * as Zoo from "../services/Zoo.js"
import type { ConfigurationError } from "./CliError.js"
import * as ExistingFile from "./ExistingFile.js"
import type { Settings } from "./Settings.js"

/**
 * Balances, reports and the history: over the API, or offline. Offline, the API is never asked; usage that is computed is stored where the file
 * can be written.
 */
export const of = ({
  baseUrl: given,
  database,
  label,
  source,
}: Settings): Layer.Layer<Zoo.OfflineServices, Zoo.OpenError | ConfigurationError> => {
  const baseUrl = Option.getOrUndefined(given)
  const { createFolder, path } = database
  if (source._tag === "Offline") {
    const store = Layer.catchAll(ExistingFile.layer(path), () => SnapshotStore.layerReadOnly({ path }))
    return RunwayAnalysis.layer.pipe(
      Layer.provideMerge(
        Balances.layerOffline({
          baseUrl,
          label: Option.getOrUndefined(label),
          token: Option.getOrUndefined(source.token),
        }),
      ),
      Layer.provideMerge(UsageSeries.layer),
      Layer.provideMerge(store),
    )
  }
  return Layer.unwrapEffect(
    Effect.map(source.credentials, (token) => Zoo.layer({ database: path, createFolder, baseUrl, token })),
  ).pipe(Layer.provide(FetchHttpClient.layer))
}

/** {@link of} with the history open for reading only: for commands that never ask the API and compute no usage. */
export const readOnly = ({
  baseUrl,
  database,
  label,
  source,
}: Settings): Layer.Layer<Zoo.OfflineServices, Zoo.OpenError> =>
  Zoo.layerOffline({
    database: database.path,
    baseUrl: Option.getOrUndefined(baseUrl),
    label: Option.getOrUndefined(label),
    token: source._tag === "Offline" ? Option.getOrUndefined(source.token) : undefined,
  })
