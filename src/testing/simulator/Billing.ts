import * as Calendar from "./Calendar.js"
import * as Draw from "./Draw.js"
import * as Plan from "./Plan.js"
import * as Random from "./Random.js"
import * as Schedule from "./Schedule.js"
import type { Settings } from "./Settings.js"
import type { Call, State, TruthEvent } from "./Truth.js"
import type { Demand } from "./Usage.js"

type Payment = Extract<TruthEvent, { readonly _tag: "Payment" }>

/** All that happened, oldest first. `states` begins with the opening state and has one more for every change. */
export interface Outcome {
  readonly calls: ReadonlyArray<Call>
  readonly events: ReadonlyArray<TruthEvent>
  readonly states: readonly [State, ...ReadonlyArray<State>]
}

const opening = (settings: Settings): State => {
  const refreshes = Schedule.refreshesAround(settings)
  return {
    monthlyCents: settings.openingMonthlyCents,
    stableCents: settings.openingStableCents,
    dueCents: 0,
    uninvoicedCents: 0,
    refreshAt: refreshes?.nextAt ?? null,
    updatedAt: refreshes?.appliedAt ?? settings.createdAt,
  }
}

const paymentDelay = ({ seed, paymentDelaySeconds }: Settings, invoice: number): number =>
  paymentDelaySeconds === undefined
    ? Random.integer(Random.stream(seed, "payment", invoice), 60, 72 * 60) * Calendar.minute
    : paymentDelaySeconds * Calendar.second

/**
 * Runs the account through the calls asked of it (oldest first) and its calendar. What happens at one time happens in this
 * order: refresh, grants, renewal and its invoice, payments, calls; an early invoice follows its call at once.
 */
export const run = (settings: Settings, demands: ReadonlyArray<Demand>): Outcome => {
  const { plan, payAsYouGo, collectionThresholdCents, to } = settings
  const calls: Array<Call> = []
  const events: Array<TruthEvent> = []
  let state = opening(settings)
  const states: [State, ...Array<State>] = [state]
  const payments: Array<Payment> = []
  let invoices = 0

  const change = (at: number, changed: Partial<State>): void => {
    state = { ...state, ...changed, updatedAt: at }
    states.push(state)
  }

  const invoice = (at: number, cents: number, early: boolean): void => {
    if (cents === 0) return
    const number = ++invoices
    events.push({ _tag: "Invoice", at, cents, number, early })
    payments.push({ _tag: "Payment", at: at + paymentDelay(settings, number), cents, invoice: number })
    payments.sort((a, b) => a.at - b.at)
    change(at, { uninvoicedCents: 0 })
  }

  const closePeriod = (at: number): void => {
    const cents = Plan.renewalCents(plan)
    if (cents > 0) {
      events.push({ _tag: "Renewal", at, cents })
      change(at, { dueCents: state.dueCents + cents })
    }
    invoice(at, state.uninvoicedCents + cents, false)
  }

  const take = (step: Schedule.Step): void => {
    switch (step._tag) {
      case "Refresh": {
        const { at, scheduledAt, nextAt } = step
        const grantedCents = plan.monthlyAllowanceCents
        events.push({ _tag: "Refresh", at, scheduledAt, expiredCents: state.monthlyCents, grantedCents })
        change(at, { monthlyCents: grantedCents, refreshAt: nextAt })
        break
      }
      case "Grant":
        events.push(step)
        change(step.at, { stableCents: state.stableCents + step.cents })
        break
      case "BillingDate":
        closePeriod(step.at)
    }
  }

  const pay = (payment: Payment): void => {
    events.push(payment)
    change(payment.at, { dueCents: state.dueCents - payment.cents })
  }

  const call = ({ at, seconds }: Demand): void => {
    const drawn = Draw.draw(state, seconds, payAsYouGo)
    calls.push({ at, ...drawn })
    if (drawn.cents === 0) return
    change(at, {
      monthlyCents: state.monthlyCents - drawn.monthlyCents,
      stableCents: state.stableCents - drawn.stableCents,
      dueCents: state.dueCents + drawn.payAsYouGoCents,
      uninvoicedCents: state.uninvoicedCents + drawn.payAsYouGoCents,
    })
    if (state.uninvoicedCents > collectionThresholdCents) invoice(at, state.uninvoicedCents, true)
  }

  const steps = Schedule.steps(settings).values()
  const asked = demands.values()
  let step = steps.next().value
  let demand = asked.next().value
  for (;;) {
    const payment = payments[0]
    const now = Math.min(step?.at ?? Infinity, payment?.at ?? Infinity, demand?.at ?? Infinity)
    if (now > to) return { calls, events, states }
    if (step?.at === now) {
      take(step)
      step = steps.next().value
    } else if (payment?.at === now) {
      payments.shift()
      pay(payment)
    } else if (demand !== undefined) {
      call(demand)
      demand = asked.next().value
    }
  }
}
