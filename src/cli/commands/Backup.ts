/** `backup`: a copy of the whole history, of one moment, while others work on it. Needs no token and no network. */

import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as SnapshotStore from "../../infra/SnapshotStore.js"
import { FileCare } from "../../infra/store/FileCare.js"
import type { StoreCannotOpen } from "../../infra/store/StoreError.js"
import { CannotWrite, UsageError } from "../CliError.js"
import type * as Command from "../Command.js"
import * as BackupView from "../render/BackupView.js"
import * as Settings from "../Settings.js"
import { meter, Terminal } from "../Terminal.js"

const NO_FOLDER = "its folder does not exist; create the folder, or name a file in an existing one"

const WHY = {
  Exists: "the file exists already and was left as it is; name another file, or remove it",
  NoSuchFolder: NO_FOLDER,
  NoSuchFile: NO_FOLDER,
  PermissionDenied: "permission denied; change the permissions of its folder, or name another file",
  NotAFile: "not a regular file; name another one",
  NoDriver: "no SQLite driver is installed",
  Other: "the system refused to create it; name another file",
} as const satisfies Record<StoreCannotOpen["reason"], string>

/** Runs the command: a new file is made, none is replaced. */
export const run = (file: string, settings: Settings.Settings) =>
  Effect.gen(function* () {
    if (file === "") return yield* new UsageError({ message: "FILE is empty: name the file to make" })
    const terminal = yield* Terminal
    const care = yield* FileCare
    const showProgress = yield* meter
    const inTime = Runtime.runFork(yield* Effect.runtime<never>())
    const { fileBytes } = yield* care.sizes
    const onProgress = (done: number, total: number): void => {
      const [bytes, size] = [Math.round((fileBytes * done) / Math.max(1, total)), fileBytes]
      inTime(showProgress(() => ({ label: file, done: bytes, total: size, unit: "bytes" })))
    }
    const bytes = yield* care.backup(file, { onProgress }).pipe(
      Effect.catchIf(
        // The history itself may be gone meanwhile, which is another failure.
        (error): error is StoreCannotOpen => error._tag === "StoreCannotOpen" && error.path !== care.path,
        ({ reason }) => new CannotWrite({ message: `cannot write the backup ${file}: ${WHY[reason]}` }),
      ),
      Effect.ensuring(terminal.progress("")),
    )
    const backup: BackupView.Backup = { path: resolve(file), bytes }
    yield* terminal.print(settings.json ? BackupView.json(backup) : BackupView.line(backup, file))
  }).pipe(Effect.provide(SnapshotStore.layerReadOnly({ path: settings.database.path })))

/** Runs the command as it was written. */
export const command: Command.Run<Settings.Written> = ({ args: [file = ""], environment, written }) =>
  Effect.flatMap(Settings.ofFile(written, environment), (settings) => run(file, settings))
