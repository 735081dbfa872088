/** Looks for secrets in what a run of tests left: texts that it made, and files. */
import * as Forms from "./SecrecyForms.js"

/** A secret that was found where it must not be. */
export interface Finding {
  /** What held it: `log`, `span`, `error`, the path of a file. */
  readonly where: string
  /** In which form it was written. */
  readonly form: Forms.Form["name"]
  /** What stood around it, the secret left out. */
  readonly around: string
}

const AROUND = 60

/** Characters that wait to be searched at most; beyond, they are searched for what is known by then. */
const MOST_WAITING = 8_000_000

/** Secrets, and what is to be free of them. */
export class Secrecy {
  readonly #secrets = new Map<string, ReadonlyArray<Forms.Form>>()
  readonly #texts = new Map<string, Set<string>>()
  readonly #streams: Array<{ readonly where: string; text: string }> = []
  #findings: Array<Finding> = []
  #waiting = 0

  /** The secrets that are known. */
  get secrets(): ReadonlyArray<string> {
    return [...this.#secrets.keys()]
  }

  /** Learns a secret; one that may well be a word is left out. */
  learn(secret: unknown): void {
    if (typeof secret !== "string" || this.#secrets.has(secret) || !Forms.isTelling(secret)) return
    this.#secrets.set(secret, Forms.of(secret))
  }

  /** Notes a text that is to be free of secrets, those included that are learnt later. */
  note(where: string, text: string): void {
    const texts = this.#texts.get(where) ?? new Set()
    if (texts.has(text)) return
    this.#texts.set(where, texts.add(text))
    this.#waiting += text.length
    if (this.#waiting > MOST_WAITING) this.#searchTexts()
  }

  /** What is written bit by bit: a secret may be cut in two by the bits. */
  stream(where: string): (part: string) => void {
    const stream = { where, text: "" }
    this.#streams.push(stream)
    return (part) => {
      stream.text += part
    }
  }

  /** Searches bytes for the secrets that are known by now. */
  search(where: string, bytes: Buffer): void {
    for (const form of this.#forms()) {
      const at = bytes.indexOf(form.text)
      if (at !== -1) this.#found(where, form, bytes.toString("latin1", Math.max(0, at - AROUND), at + 2 * AROUND))
    }
  }

  /** Searches all that was noted; what is found is forgotten with it. */
  take(): ReadonlyArray<Finding> {
    this.#searchTexts()
    for (const { text, where } of this.#streams) this.#searchText(where, text)
    this.#streams.length = 0
    const findings = this.#findings
    this.#findings = []
    return findings
  }

  #forms(): ReadonlyArray<Forms.Form> {
    return [...this.#secrets.values()].flat()
  }

  #searchTexts(): void {
    for (const [where, texts] of this.#texts) this.#searchText(where, [...texts].join("\n"))
    this.#texts.clear()
    this.#waiting = 0
  }

  #searchText(where: string, text: string): void {
    if (text === "") return
    for (const form of this.#forms()) {
      const at = text.indexOf(form.text)
      if (at !== -1) this.#found(where, form, text.slice(Math.max(0, at - AROUND), at + 2 * AROUND))
    }
  }

  #found(where: string, form: Forms.Form, text: string): void {
    const around = text.replaceAll(form.text, "[…]").replace(/[^\x20-\x7e…]+/g, " ")
    this.#findings.push({ where, form: form.name, around })
  }
}

/** The scan of the file of tests that runs. Secrets of files that ran before in this process stay known. */
export const ofThisFile = new Secrecy()
