import * as Calendar from "./Calendar.js"
import * as Random from "./Random.js"

/** A call that somebody makes, whether or not credits are left for it. */
export interface Demand {
  /** When it ends, in milliseconds since the epoch. */
  readonly at: number
  /** Its duration: a positive whole number of seconds. */
  readonly seconds: number
}

/** Sunday first; Monday to Friday have mean 1. */
const weekdays = [0.2, 1.05, 1.1, 1.1, 1, 0.75, 0.25]
/** The chance that somebody works at all: Sunday first. */
const attendance = [0.2, 1, 1, 1, 1, 1, 0.35]
/** Midnight UTC first. */
const hours = [1, 0, 0, 0, 0, 0, 1, 4, 10, 16, 18, 15, 9, 14, 18, 17, 14, 9, 5, 4, 4, 3, 2, 1]

/** Stretches of one to three days, each length as likely, that begin on any day with the same chance. */
interface Spell {
  readonly label: string
  readonly chance: number
}
const idle: Spell = { label: "idle", chance: 0.05 }
const burst: Spell = { label: "burst", chance: 0.03 }
/** Bursts (5.9 % of all days) make up for idle days (9.7 %): 0.903 * (1 + 0.059 * 1.8) is 1. */
const burstFactor = 2.8

const within = (seed: number, spell: Spell, day: number): boolean => {
  for (let ago = 0; ago < 3; ago++) {
    const random = Random.stream(seed, spell.label, day - ago)
    if (random() < spell.chance && Random.integer(random, 1, 3) > ago) return true
  }
  return false
}

/** A day's use in cents (a fraction, before it is cut into calls): 0 on idle days. */
const dayCents = (seed: number, dailyCents: number, day: number): number => {
  const weekday = (day + 4) % 7
  const random = Random.stream(seed, "day", day)
  if (random() >= (attendance[weekday] ?? 0) || within(seed, idle, day)) return 0
  const week = Random.factor(Random.stream(seed, "week", Math.floor((day + 3) / 7)), 0.25)
  const noise = Random.factor(random, 0.5)
  const level = within(seed, burst, day) ? burstFactor : 1
  return dailyCents * (weekdays[weekday] ?? 0) * week * noise * level
}

const hourOf = (random: Random.Random): number => {
  let rest = random() * hours.reduce((sum, weight) => sum + weight, 0)
  for (const [hour, weight] of hours.entries()) {
    if (rest < weight) return hour
    rest -= weight
  }
  return hours.length - 1
}

const dayCalls = (seed: number, dailyCents: number, day: number): ReadonlyArray<Demand> => {
  const random = Random.stream(seed, "calls", day)
  const calls: Array<Demand> = []
  let left = Math.round((dayCents(seed, dailyCents, day) * 6) / 5)
  while (left > 0) {
    const wanted = Math.round(42 * Random.factor(random, 1))
    const seconds = Math.min(left, Math.max(1, Math.min(wanted, 900)))
    const at = day * Calendar.day + hourOf(random) * Calendar.hour + Random.integer(random, 0, Calendar.hour - 1)
    calls.push({ at, seconds })
    left -= seconds
  }
  return calls.sort((a, b) => a.at - b.at)
}

/**
 * The calls in `(from, to]`, oldest first: working hours of UTC weekdays, little at the weekend, some idle days, some
 * bursts of up to three days, weeks that differ. A call lasts 1 s to 15 min, 40 s in the mean. What is called on a day
 * depends on the seed, `dailyCents` and that day, not on `from` and `to`.
 */
export const demand = (seed: number, dailyCents: number, from: number, to: number): ReadonlyArray<Demand> => {
  const calls: Array<Demand> = []
  for (let day = Math.floor(from / Calendar.day); day <= Math.floor(to / Calendar.day); day++) {
    for (const call of dayCalls(seed, dailyCents, day)) if (call.at > from && call.at <= to) calls.push(call)
  }
  return calls
}
