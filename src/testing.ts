/**
 * For tests of what is built on zoo-runway: a stub of the Zoo API on loopback, simulated accounts, bodies of every published revision, and
 * arbitraries of the domain.
 *
 * @module zoo-runway/testing
 */
export * as AccountSimulator from "./testing/AccountSimulator.js"
export * as Arbitraries from "./testing/Arbitraries.js"
export * as Bodies from "./testing/body/Bodies.js"
export * as StubZoo from "./testing/StubZoo.js"
