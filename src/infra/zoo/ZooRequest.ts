/** The request of an operation, from its description. Pure. */

import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type * as Subject from "../../domain/balance/Subject.js"
import type * as BearerToken from "./BearerToken.js"
import * as ZooApi from "./ZooApi.js"

/** What a request needs to know of an endpoint; every `HttpApiEndpoint.get` is one. Nothing else is sent: a call may be tried again. */
export interface Described<in out Path, in out UrlParams> {
  readonly method: "GET"
  readonly path: string
  readonly pathSchema: Option.Option<Schema.Schema<Path, unknown>>
  readonly urlParamsSchema: Option.Option<Schema.Schema<UrlParams, unknown>>
}

/** What an endpoint asks for, by its description. */
export type Input<Path, UrlParams> = ([Path] extends [never] ? unknown : { readonly path: Path }) &
  ([UrlParams] extends [never] ? unknown : { readonly urlParams: UrlParams })

/** Where a request goes, and in whose name. */
export interface Site {
  /** As `Account.parseBaseUrl` writes it: no slash at the end. */
  readonly baseUrl: string
  readonly token: BearerToken.BearerToken
}

type Texts = Readonly<Record<string, string>>

const textsOf = (encoded: unknown): Texts =>
  Object.fromEntries(
    Object.entries(encoded ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  )

const encode = <A>(
  schema: Option.Option<Schema.Schema<A, unknown>>,
  value: unknown,
): Either.Either<Texts, ParseResult.ParseError> =>
  Option.match(schema, {
    onNone: () => Either.right({}),
    onSome: (described) => Either.map(Schema.encodeUnknownEither(described)(value), textsOf),
  })

const PARAMETER = /:(\w+)/g

/**
 * The path of an endpoint with its parameters filled in, each as one segment: what a parameter holds can neither add a segment nor
 * end the path.
 */
export const fill = (template: string, params: Texts): string =>
  template.replace(PARAMETER, (_, name: string) => {
    const value = params[name]
    if (value === undefined) throw new RangeError(`${template}: no value for :${name}`)
    return encodeURIComponent(value)
  })

/** The request for a URL. */
export const at = (url: string, token: BearerToken.BearerToken): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.get(url).pipe(HttpClientRequest.bearerToken(token), HttpClientRequest.acceptJson)

/** The request of an endpoint; a `ParseError` when the input does not fit its description. */
export const make = <Path, UrlParams>(
  endpoint: Described<Path, UrlParams>,
  input: Input<Path, UrlParams> & object,
  site: Site,
): Either.Either<HttpClientRequest.HttpClientRequest, ParseResult.ParseError> =>
  Either.gen(function* () {
    const path = yield* encode(endpoint.pathSchema, "path" in input ? input.path : undefined)
    const urlParams = yield* encode(endpoint.urlParamsSchema, "urlParams" in input ? input.urlParams : undefined)
    return HttpClientRequest.setUrlParams(at(`${site.baseUrl}${fill(endpoint.path, path)}`, site.token), urlParams)
  })

/** An operation with its input: everything of a request but where it goes. */
export interface Operation {
  /** The path with its parameters by name, which holds nobody's id. */
  readonly route: string
  readonly request: (site: Site) => Either.Either<HttpClientRequest.HttpClientRequest, ParseResult.ParseError>
}

const operation = <Path, UrlParams>(
  endpoint: Described<Path, UrlParams>,
  input: Input<Path, UrlParams> & object,
): Operation => ({ route: endpoint.path, request: (site) => make(endpoint, input, site) })

/** The balance of a subject. */
export const balance = (subject: Subject.Subject, includeTotalDue: boolean): Operation => {
  const urlParams = includeTotalDue ? { include_total_due: true } : {}
  switch (subject._tag) {
    case "Me":
      return operation(ZooApi.balanceOfMe, { urlParams })
    case "User":
      return operation(ZooApi.balanceOfUser, { path: { id: subject.id }, urlParams })
    case "Org":
      return operation(ZooApi.balanceOfOrg, { urlParams })
    case "AnyOrg":
      return operation(ZooApi.balanceOfAnyOrg, { path: { id: subject.id }, urlParams })
  }
}

/** Who holds the token. */
export const user: Operation = operation(ZooApi.user, {})

/** The organisation of the user who holds the token, for any member. */
export const userOrg: Operation = operation(ZooApi.userOrg, {})

/** The same for its administrators. */
export const org: Operation = operation(ZooApi.org, {})

/** The collection threshold of the user who holds the token. */
export const userThreshold: Operation = operation(ZooApi.userThreshold, {})

/** The collection threshold of that user's organisation. */
export const orgThreshold: Operation = operation(ZooApi.orgThreshold, {})
