/** What every log entry of the services is annotated with, so that a host can tell them apart and set their level. */

/** The annotations of a module's entries. */
export const of = (module: string): Readonly<Record<string, string>> => ({ package: "zoo-runway", module })
