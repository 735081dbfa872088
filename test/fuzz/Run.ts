/** Runs of the laws over the bodies of a seed. */
import * as Bodies from "./Bodies.js"
import * as Laws from "./Laws.js"
import { Tally } from "./Tally.js"

/** Every so many bodies one is looked at closer. */
const CLOSER = 8

/** How a run goes. */
export interface Options {
  readonly seed: number
  /** Most bodies. */
  readonly bodies: number
  readonly gate?: Laws.Gate
  readonly stopwatch?: Laws.Stopwatch
  /** Asked after each body with how many there were: whether to go on. */
  readonly goesOn?: (bodies: number) => boolean
}

/** A body that breaks a law. */
export interface Finding {
  readonly broken: Laws.Broken
  readonly number: number
  readonly content: Uint8Array | string
}

/** Checks bodies one after the other until one breaks a law. */
export const run = (options: Options): { readonly tally: Tally; readonly finding: Finding | undefined } => {
  const { bodies, goesOn = () => true, seed, ...laws } = options
  const tally = new Tally()
  for (let number = 0; number < bodies && goesOn(number); number++) {
    let content: Bodies.Body["content"] = ""
    try {
      const body = Bodies.make(seed, number)
      content = body.content
      tally.add(Laws.check(body, { ...laws, closer: number % CLOSER === 0 }))
    } catch (error) {
      if (error instanceof Laws.Broken) return { tally, finding: { broken: error, number, content } }
      throw new Error(`body ${number} of seed ${seed} cannot be made or looked at`, { cause: error })
    }
  }
  return { tally, finding: undefined }
}
