/** The version of this program, put in when it is bundled. */
declare const ZOO_RUNWAY_VERSION: string

/** The package's version. */
export const VERSION: string = typeof ZOO_RUNWAY_VERSION === "string" ? ZOO_RUNWAY_VERSION : "0.0.0-development"
