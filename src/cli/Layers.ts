/** The library's layers, as the settings of a command ask for them. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Zoo from "../services/Zoo.js"
import type { Settings } from "./Settings.js"

/** Balances, reports and the history: over the API, or offline. */
export const of = ({ baseUrl: given, database, source }: Settings): Layer.Layer<Zoo.OfflineServices, Zoo.OpenError> => {
  const baseUrl = Option.getOrUndefined(given)
  return source._tag === "Online"
    ? Zoo.layer({ database: database.path, createFolder: database.createFolder, baseUrl, token: source.token }).pipe(
        Layer.provide(FetchHttpClient.layer),
      )
    : Zoo.layerOffline({ database: database.path, baseUrl, token: Option.getOrUndefined(source.token) })
}
