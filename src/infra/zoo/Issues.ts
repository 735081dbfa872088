/** The issues of a failed decode, flattened to path, expected and found. */
import type * as ParseResult from "effect/ParseResult"
import * as AST from "effect/SchemaAST"
import type { Issue } from "../../domain/balance/wire/BodyRejected.js"
import * as Excerpt from "../../domain/balance/wire/Excerpt.js"

const isList = <A>(issues: A | ReadonlyArray<A>): issues is ReadonlyArray<A> => Array.isArray(issues)

const listOf = (issues: ParseResult.SingleOrNonEmpty<ParseResult.ParseIssue>): ReadonlyArray<ParseResult.ParseIssue> =>
  isList(issues) ? issues : [issues]

/** Of the variants of a union, the one whose `type` was right tells more than "none of these". */
const closest = (issues: ReadonlyArray<ParseResult.ParseIssue>): ReadonlyArray<ParseResult.ParseIssue> => {
  const inner = issues.find((issue) => issue._tag === "Composite") ?? issues.find((issue) => issue._tag === "Pointer")
  const [first] = issues
  return inner !== undefined ? [inner] : first === undefined ? [] : [first]
}

const takesObjects = (ast: AST.AST): boolean =>
  AST.isTypeLiteral(ast) || (AST.isUnion(ast) && ast.types.some(AST.isTypeLiteral))

const expected = (ast: AST.AST): string =>
  takesObjects(ast) ? "an object" : AST.isTupleType(ast) ? "an array" : String(ast)

/** Every issue below `issue`, outermost first. */
export const flatten = (issue: ParseResult.ParseIssue, path: Excerpt.Path = []): ReadonlyArray<Issue> => {
  switch (issue._tag) {
    case "Pointer":
      return flatten(issue.issue, path.concat(issue.path))
    case "Composite": {
      const issues = listOf(issue.issues)
      return (issue.ast._tag === "Union" ? closest(issues) : issues).flatMap((inner) => flatten(inner, path))
    }
    case "Refinement":
    case "Transformation":
      return flatten(issue.issue, path)
    case "Missing":
      return [{ path: Excerpt.path(path), expected: "a value (the field is required)", found: "nothing" }]
    case "Type":
    case "Forbidden":
    case "Unexpected":
      return [
        {
          path: Excerpt.path(path),
          expected: issue.message ?? (issue._tag === "Type" ? expected(issue.ast) : "nothing"),
          found: Excerpt.value(issue.actual, path),
        },
      ]
  }
}
