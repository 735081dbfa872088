/** The accounts of a stub API. */
import * as Subject from "../../domain/balance/Subject.js"
import { exampleBody, exampleBodyWithoutTotalDue } from "../exampleBody.js"

/** Why the stub API serves a user or an organisation no longer, as it stands on the wire. */
export interface StubBlock {
  readonly block: string | null
  readonly block_message?: string | null | undefined
}

/** A user of the stub API, with the tokens that are theirs. A simulated account with `tokens` is one. */
export interface StubAccount {
  /** The user's UUID. */
  readonly id: string
  /** Finds the user like the id does. */
  readonly email?: string | undefined
  /** The UUID of the user's organisation; without it `GET /user/org`, `GET /org` and the organisation's balance are not found. */
  readonly organizationId?: string | undefined
  /** The user's role in the organisation; only an `admin` may ask `GET /org`. @default "admin" */
  readonly organizationRole?: "admin" | "member" | "service_account" | undefined
  /** Tokens that stand for this user. */
  readonly tokens?: ReadonlyArray<string> | undefined
  /** Whether these tokens may ask for every user and organisation; false by default. */
  readonly employee?: boolean | undefined
  /** The customer balance at a time of the stub's clock, in milliseconds since 1970: JSON text. */
  readonly bodyAt: (now: number, options: { readonly includeTotalDue: boolean }) => string
  /** Whether `GET /user` says that pay as you go is on. @default false */
  readonly allowPayAsYouGo?: boolean | undefined
  /** `block` and `block_message` of `GET /user`; by default they are absent. */
  readonly block?: StubBlock | undefined
  /** `block` and `block_message` of `GET /user/org` and `GET /org`; by default they are absent. */
  readonly organizationBlock?: StubBlock | undefined
  /** What `GET /user/billing/usage-collection-threshold` answers: JSON text. Without it the threshold is not found. */
  readonly thresholdBody?: string | undefined
  /** What `GET /org/billing/usage-collection-threshold` answers: JSON text. Without it the threshold is not found. */
  readonly organizationThresholdBody?: string | undefined
  /** What `GET /user` answers; made from the fields above where it is not given. */
  readonly userBody?: string | undefined
  /** What `GET /user/org` and `GET /org` answer; made from the fields above where it is not given. */
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
  account.userBody ??
  JSON.stringify({
    id: account.id,
    email: account.email ?? null,
    allow_pay_as_you_go: account.allowPayAsYouGo ?? false,
    ...account.block,
  })

/** `GET /org` of an account that has an organisation. */
export const orgBody = (account: StubAccount): string =>
  account.orgBody ?? JSON.stringify({ id: account.organizationId, ...account.organizationBlock })

/** `GET /user/org` of an account that has an organisation. */
export const userOrgBody = (account: StubAccount): string =>
  account.orgBody ?? JSON.stringify({ id: account.organizationId, role: roleOf(account), ...account.organizationBlock })

/** The role of an account in its organisation. */
export const roleOf = ({ organizationRole = "admin" }: StubAccount): string => organizationRole

const isSameId = (a: string | undefined, b: string): boolean => a !== undefined && Subject.sameId(a, b)

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
  byUser: (text) => accounts.find(({ email, id }) => isSameId(id, text) || email === text),
  byOrganization: (id) => accounts.find(({ organizationId }) => isSameId(organizationId, id)),
})
