/** The accounts of a stub API. */
import { exampleBody, exampleBodyWithoutTotalDue } from "../exampleBody.js"

/** A user of the stub API, with the tokens that are theirs. A simulated account with `tokens` is one. */
export interface StubAccount {
  /** The user's UUID. */
  readonly id: string
  /** Finds the user like the id does. */
  readonly email?: string | undefined
  /** The UUID of the user's organisation; without it `GET /org` and the organisation's balance are not found. */
  readonly organizationId?: string | undefined
  /** Tokens that stand for this user. */
  readonly tokens?: ReadonlyArray<string> | undefined
  /** Whether these tokens may ask for every user and organisation; false by default. */
  readonly employee?: boolean | undefined
  /** The customer balance at a time of the stub's clock, in milliseconds since 1970: JSON text. */
  readonly bodyAt: (now: number, options: { readonly includeTotalDue: boolean }) => string
  /** What `GET /user` answers; made from `id` and `email` where it is not given. */
  readonly userBody?: string | undefined
  /** What `GET /org` answers; made from `organizationId` where it is not given. */
  readonly orgBody?: string | undefined
}

/** An employee whose balance is the example of the API's reference page, whatever the time. Its one token is `example-token`. */
export const exampleAccount = {
  id: "7f2b9c1e-4a57-4d0e-9c39-5f1d8e6a2b40",
  email: "someone@example.com",
  organizationId: "c3a1f0d2-8b64-4e7a-b5d9-0a6e4c2f9b18",
  tokens: ["example-token"],
  employee: true,
  bodyAt: (_now, { includeTotalDue }) => (includeTotalDue ? exampleBody : exampleBodyWithoutTotalDue),
} as const satisfies StubAccount

/** `GET /user` of an account. */
export const userBody = (account: StubAccount): string =>
  account.userBody ?? JSON.stringify({ id: account.id, email: account.email ?? null, allow_pay_as_you_go: false })

/** Accounts by what finds them. */
export interface Directory {
  readonly byToken: (token: string) => StubAccount | undefined
  /** By UUID or e-mail address. */
  readonly byUser: (idOrEmail: string) => StubAccount | undefined
  /** Any member of the organisation. */
  readonly byOrganization: (id: string) => StubAccount | undefined
}

/** The directory of some accounts; of two with the same token or id, the first counts. */
export const directory = (accounts: ReadonlyArray<StubAccount>): Directory => ({
  byToken: (token) => accounts.find((account) => account.tokens?.includes(token)),
  byUser: (text) => accounts.find((account) => account.id === text || account.email === text),
  byOrganization: (id) => accounts.find((account) => account.organizationId === id),
})
