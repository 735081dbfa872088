/** `doctor`: how the program, its file and its surroundings are, on one screen. Makes and changes nothing, and never asks the API. */

import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { DamageFound } from "../CliError.js"
import type * as Command from "../Command.js"
import * as Facts from "../doctor/Facts.js"
import * as Findings from "../doctor/Findings.js"
import * as DoctorView from "../render/DoctorView.js"
import * as Format from "../render/Format.js"
import * as Settings from "../Settings.js"
import { Terminal } from "../Terminal.js"
import * as Xdg from "../Xdg.js"

/** Runs the command as it was written. A base URL of the environment that is none is a finding, and no failure. */
export const command: Command.Run<Settings.Written> = ({ environment, written }) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const made = yield* Effect.either(Settings.ofFile(written, environment))
    const isRefused = Either.isLeft(made) && made.left._tag === "ConfigurationError"
    const settings = isRefused ? yield* Settings.ofFile(written, { ...environment, ZOO_HOST: undefined }) : yield* made
    const facts = yield* Facts.gather(settings, {
      environment,
      namedBy: written.db !== undefined ? "--db" : Xdg.isNamed("XDG_DATA_HOME", environment) ? "XDG_DATA_HOME" : "HOME",
      refused: isRefused ? made.left.message : undefined,
    })
    const findings = Findings.of(facts)
    const opened = Option.getOrUndefined(Option.flatMap(facts.opened, Either.getRight))
    yield* terminal.print(
      settings.json
        ? DoctorView.json(findings, opened)
        : DoctorView.lines(findings, terminal.colors, terminal.columns).join("\n"),
    )
    const bad = DoctorView.badOnes(findings)
    if (bad > 0) return yield* new DamageFound({ message: `${Format.count(bad, "finding is", "findings are")} bad` })
  })
