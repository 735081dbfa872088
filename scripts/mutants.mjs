/**
 * Draws a sample of small changes to `src` by a seed, and shows which of them the tests notice.
 *
 *     npm run mutants -- [--seed N] [--count N] [--after N] [--list]
 *
 * Each mutant is one change to one expression: a comparison, a boundary, a logical or arithmetic operator, a condition, a literal, a call that only has an
 * effect. The files are drawn by their number of places, so every place is as likely as any other. A mutant runs in a copy of the project: first the tests
 * beside its file, then all tests that import it, until one fails. A mutant that no longer type-checks is drawn anew. Prints a line for each, and the share that was
 * killed by folder. A survivor is either a hole in the tests or a change that makes no difference: read each. `--list` prints the sample and runs nothing; `--after` goes on after
 * so many of it.
 */
import { spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import ts from "typescript"

const root = fileURLToPath(new URL("..", import.meta.url))

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    count: { type: "string", default: "60" },
    after: { type: "string", default: "0" },
    list: { type: "boolean", default: false },
  },
})

/** Numbers from 0 to 1 by a seed (mulberry32). */
const randomOf = (seed) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

const SWAPPED = new Map([
  ["<", "<="],
  ["<=", "<"],
  [">", ">="],
  [">=", ">"],
  ["===", "!=="],
  ["!==", "==="],
  ["&&", "||"],
  ["||", "&&"],
  ["+", "-"],
  ["-", "+"],
  ["*", "/"],
  ["/", "*"],
])

const CALLED = new Map([
  ["min", "max"],
  ["max", "min"],
  ["floor", "ceil"],
  ["ceil", "floor"],
  ["some", "every"],
  ["every", "some"],
  ["lessThan", "lessThanOrEqualTo"],
  ["greaterThan", "greaterThanOrEqualTo"],
  ["lessThanOrEqualTo", "lessThan"],
  ["greaterThanOrEqualTo", "greaterThan"],
])

/** The places of a file that can be changed, each with the text that takes its place. */
const placesOf = (path) => {
  const text = readFileSync(join(root, path), "utf8")
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const places = []
  const add = (node, written) => places.push({ path, start: node.getStart(source), end: node.getEnd(), written })
  const visit = (node) => {
    // What is only said to the compiler, and what modules are called, changes nothing.
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return
    if (ts.isBinaryExpression(node)) {
      const operator = node.operatorToken
      const swapped = SWAPPED.get(operator.getText(source))
      const isText = [node.left, node.right].some(
        (side) => ts.isStringLiteralLike(side) || ts.isTemplateExpression(side),
      )
      if (swapped !== undefined && !isText) add(operator, swapped)
    } else if (
      ts.isPropertyAccessExpression(node) &&
      ts.isCallExpression(node.parent) &&
      node.parent.expression === node
    ) {
      const called = CALLED.get(node.name.text)
      if (called !== undefined) add(node.name, called)
    } else if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
      add(node, `(${node.operand.getText(source)})`)
    } else if (ts.isConditionalExpression(node) || ts.isIfStatement(node)) {
      const condition = ts.isIfStatement(node) ? node.expression : node.condition
      add(condition, `!(${condition.getText(source)})`)
    } else if (ts.isNumericLiteral(node)) {
      add(node, `(${node.getText(source)} + 1)`)
    } else if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) {
      add(node, node.kind === ts.SyntaxKind.TrueKeyword ? "false" : "true")
    } else if (ts.isStringLiteral(node) && node.text !== "" && !ts.isPropertyAssignment(node.parent)) {
      add(node, '""')
    } else if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) {
      add(node, "void 0")
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return places
}

const filesIn = (folder) =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? filesIn(join(folder, entry.name))
      : entry.name.endsWith(".ts")
        ? [join(folder, entry.name)]
        : [],
  )

/** A copy of the project that mutants are written into; dependencies are shared. */
const copy = () => {
  const folder = mkdtempSync(join(tmpdir(), "zoo-runway-mutants-"))
  const left = new Set(["node_modules", ".git"])
  for (const name of readdirSync(root))
    if (!left.has(name)) cpSync(join(root, name), join(folder, name), { recursive: true })
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
  return folder
}

const run = (folder, args) =>
  spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", timeout: 900_000, maxBuffer: 1 << 28 }).status

const typeChecks = (folder) =>
  run(folder, [
    "node_modules/typescript/bin/tsc",
    "--noEmit",
    "--incremental",
    "--tsBuildInfoFile",
    "mutants.tsbuildinfo",
  ]) === 0

/** Whether tests pass; `related` are those that import a file. */
const passes = (folder, command, paths) =>
  run(folder, ["node_modules/vitest/vitest.mjs", command, ...paths, "--run", "--bail", "1"]) === 0

/** The tests beside a file: of its name, else of its folder. */
const besides = (path) => {
  const folder = join("test", relative("src", dirname(path)))
  const own = join(folder, `${basename(path, ".ts")}.test.ts`)
  return existsSync(join(root, own)) ? [own] : existsSync(join(root, folder)) ? [folder] : []
}

/** Whether some test notices what was changed in a file. */
const isKilled = (folder, path) => {
  const near = besides(path)
  if (near.length > 0 && !passes(folder, "run", near)) return true
  return !passes(folder, "related", [path])
}

const places = filesIn("src").flatMap(placesOf)
const random = randomOf(Number(values.seed))
const shown = ({ end, path, start, written }) => {
  const text = readFileSync(join(root, path), "utf8")
  const line = text.slice(0, start).split("\n").length
  return `${path}:${line}  ${text.slice(start, end).replaceAll(/\s+/g, " ")}  ->  ${written.replaceAll(/\s+/g, " ")}`
}

const folder = values.list ? undefined : copy()
const results = []
let valid = 0
try {
  while (results.length + Math.min(valid, Number(values.after)) < Number(values.count)) {
    const place = places[Math.floor(random() * places.length)]
    if (folder === undefined) {
      results.push({ place })
      console.log(shown(place))
      continue
    }
    const file = join(folder, place.path)
    const text = readFileSync(file, "utf8")
    writeFileSync(file, text.slice(0, place.start) + place.written + text.slice(place.end))
    const isValid = typeChecks(folder)
    const isDone = isValid && ++valid <= Number(values.after)
    const killed = isValid && !isDone && isKilled(folder, place.path)
    writeFileSync(file, text)
    if (!isValid || isDone) continue
    results.push({ place, killed })
    console.log(`${String(results.length).padStart(3)} ${killed ? "killed  " : "SURVIVED"}  ${shown(place)}`)
  }
  if (folder !== undefined) {
    for (const layer of [...new Set(results.map(({ place }) => place.path.split("/")[1])), ""]) {
      const all = results.filter(({ place }) => place.path.startsWith(`src/${layer}`))
      const killed = all.filter((each) => each.killed).length
      console.log(`src/${layer}: ${killed} of ${all.length} killed (${((100 * killed) / all.length).toFixed(0)} %)`)
    }
  }
} finally {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
}
