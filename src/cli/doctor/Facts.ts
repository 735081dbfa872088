/** What there is to know of the program, its file and its surroundings, gathered without making or changing anything. */
import { realpathSync, type Stats, statSync } from "node:fs"
import { dirname, resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Account from "../../domain/history/Account.js"
import * as SnapshotStore from "../../infra/SnapshotStore.js"
import { FileCare, type Sizes } from "../../infra/store/FileCare.js"
import { StoreCannotOpen, type StoreError, type StoreOpenError } from "../../infra/store/StoreError.js"
import * as Verification from "../../services/Verification.js"
import * as DriverHint from "../DriverHint.js"
import type { Environment, Settings } from "../Settings.js"
import * as TokenSource from "../TokenSource.js"
import { VERSION } from "../Version.js"

/** A file or folder that others than its owner have rights on. */
export interface Exposed {
  readonly path: string
  /** The rights, with the sticky bit where it is set. */
  readonly mode: number
}

/** What is known of a file that opens. */
export interface Opened {
  readonly statistics: SnapshotStore.Statistics
  readonly sizes: Sizes
  readonly damage: ReadonlyArray<Verification.Damage>
  /** Whether it can be written now: `Busy` where another process wrote until the time for trying was up. */
  readonly writing: "Free" | "Busy" | StoreOpenError | StoreError
}

/** Where a token comes from: a variable of the environment, or a file that has it for a base URL. */
export type TokenOrigin =
  | { readonly variable: string }
  | { readonly path: string; readonly baseUrl: string; readonly exposed: ReadonlyArray<Exposed> }

/** All of it. Of the token it is known where it comes from, and nothing else. */
export interface Facts {
  readonly versions: { readonly program: string; readonly node: string }
  /** The SQLite driver, or why it cannot be loaded and the command that installs one. */
  readonly driver: Either.Either<SnapshotStore.DriverVersions, { readonly why: string; readonly command: string }>
  readonly path: string
  /** What names the path: the option, a variable of the environment, or nothing. */
  readonly namedBy: "--db" | "XDG_DATA_HOME" | "HOME"
  /** What is at the path; `None` where nothing is. */
  readonly file: Option.Option<{
    readonly isFile: boolean
    readonly bytes: number
    readonly exposed: ReadonlyArray<Exposed>
  }>
  /** The folder, where others have rights on it; `Missing` where there is none. */
  readonly folder: "Missing" | "OwnersAlone" | Exposed
  /** Whether the folder is the program's own. */
  readonly isOwnFolder: boolean
  /** The open file, or why it does not open; `None` where there is none, or nothing in it. */
  readonly opened: Option.Option<Either.Either<Opened, StoreOpenError | StoreError>>
  /** Where the token comes from, or why it cannot be used. */
  readonly token: Either.Either<Option.Option<TokenOrigin>, TokenSource.UnusableToken>
  /** The base URL of the API, or why it is none. */
  readonly baseUrl: Either.Either<string, string>
}

const statOf = (path: string): Stats | undefined => {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    // What stands in the way is told when the file is opened.
    return undefined
  }
}

const RIGHTS = 0o1777
const RIGHTS_OF_OTHERS = 0o077

const exposedOf = (path: string): ReadonlyArray<Exposed> => {
  const stats = statOf(path)
  // Windows knows no such rights.
  if (stats === undefined || process.platform === "win32" || (stats.mode & RIGHTS_OF_OTHERS) === 0) return []
  return [{ path, mode: stats.mode & RIGHTS }]
}

/** Beside it lie its log and the index of that. */
const COMPANIONS = ["", "-wal", "-shm"] as const

const fileOf = (path: string): Facts["file"] => {
  const stats = statOf(path)
  if (stats === undefined) return Option.none()
  if (!stats.isFile()) return Option.some({ isFile: false, bytes: 0, exposed: [] })
  const real = realpathSync(path)
  const exposed = COMPANIONS.flatMap((ending) => exposedOf(`${real}${ending}`))
  return Option.some({ isFile: true, bytes: stats.size, exposed })
}

const folderOf = (path: string): Facts["folder"] => {
  const folder = dirname(path)
  if (statOf(folder)?.isDirectory() !== true) return "Missing"
  return exposedOf(folder)[0] ?? "OwnersAlone"
}

const driverOf = (environment: Environment): Facts["driver"] =>
  Either.try({
    try: SnapshotStore.driverVersions,
    catch: (cause) => {
      const why = cause instanceof StoreCannotOpen && cause.cause instanceof Error ? cause.cause : cause
      return {
        why: why instanceof Error ? why.message : String(why),
        command: DriverHint.command(environment),
      }
    },
  })

/** How long another process that writes is waited for. */
const WRITING_TIMEOUT = "1 second"

/**
 * Tries to take the lock for writing, and gives it back. Another connection must stay open for reading meanwhile, so that closing this one does
 * not write the log into the file.
 */
const tryWriting = (path: string): Effect.Effect<Opened["writing"]> =>
  Effect.flatMap(FileCare, (care) => care.tryWriting).pipe(
    Effect.provide(SnapshotStore.layerSqlite({ path, createFolder: false, synchronous: "NORMAL" })),
    Effect.match({
      onFailure: (error) => (error._tag === "StoreBusy" ? "Busy" : error),
      onSuccess: () => "Free" as const,
    }),
    Effect.timeoutTo({ duration: WRITING_TIMEOUT, onSuccess: (result) => result, onTimeout: () => "Busy" as const }),
  )

const open = (path: string): Effect.Effect<Opened, StoreOpenError | StoreError> =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore.SnapshotStore
    const care = yield* FileCare
    // Reading first makes this connection hold its share of the file.
    const statistics = yield* store.statistics
    const sizes = yield* care.sizes
    const writing = yield* tryWriting(path)
    const damage = yield* Verification.file
    return { statistics, sizes, damage, writing }
  }).pipe(Effect.provide(SnapshotStore.layerReadOnly({ path })))

const originOf = TokenSource.Found.$match({
  Variable: ({ name }): TokenOrigin => ({ variable: name }),
  File: ({ baseUrl, path }) => ({ path, baseUrl, exposed: exposedOf(path) }),
})

/** What is gathered from beside the settings. */
export interface Surroundings {
  readonly environment: Environment
  readonly namedBy: Facts["namedBy"]
  /** Why the base URL of the environment is none, where it is none. */
  readonly refused: string | undefined
}

/** Gathers them. */
export const gather = (settings: Settings, { environment, namedBy, refused }: Surroundings): Effect.Effect<Facts> =>
  Effect.gen(function* () {
    const token = yield* Effect.either(TokenSource.find(environment, settings.baseUrl))
    const own = Option.flatMap(Option.flatten(Either.getRight(token)), TokenSource.baseUrlOf)
    const path = resolve(settings.database.path)
    const file = fileOf(path)
    const isThere = Option.exists(file, ({ bytes }) => bytes > 0)
    return {
      versions: { program: VERSION, node: process.version },
      driver: driverOf(environment),
      path,
      namedBy,
      file,
      folder: folderOf(path),
      isOwnFolder: namedBy !== "--db",
      opened: isThere ? Option.some(yield* Effect.either(open(path))) : Option.none(),
      token: Either.map(token, Option.map(originOf)),
      baseUrl:
        refused === undefined
          ? Either.right(
              Option.getOrElse(
                Option.orElse(settings.baseUrl, () => own),
                () => Account.DEFAULT_BASE_URL,
              ),
            )
          : Either.left(refused),
    }
  })
