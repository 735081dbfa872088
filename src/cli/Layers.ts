/** The library's layers, as the settings of a command ask for them. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Zoo from "../services/Zoo.js"
import type { ConfigurationError } from "./CliError.js"
import type { Settings } from "./Settings.js"

/** Balances, reports and the history: over the API, or offline. */
export const of = ({
  baseUrl: given,
  database,
  source,
}: Settings): Layer.Layer<Zoo.OfflineServices, Zoo.OpenError | ConfigurationError> => {
  const baseUrl = Option.getOrUndefined(given)
  if (source._tag === "Offline") {
    return Zoo.layerOffline({ database: database.path, baseUrl, token: Option.getOrUndefined(source.token) })
  }
  const { createFolder, path } = database
  return Layer.unwrapEffect(
    Effect.map(source.credentials, (token) => Zoo.layer({ database: path, createFolder, baseUrl, token })),
  ).pipe(Layer.provide(FetchHttpClient.layer))
}
