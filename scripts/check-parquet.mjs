/**
 * Checks exported Parquet files with DuckDB, a reader of another make: types, and every value against the CSV export of the same history,
 * which is compared as text.
 *
 *     node scripts/check-parquet.mjs [FOLDER]
 *
 * DuckDB is installed into a temporary folder, or taken from FOLDER, where `npm install @duckdb/node-api` was run. Needs dist/bin.
 */
import { strict as assert } from "node:assert"
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const temporary = mkdtempSync(join(tmpdir(), "zoo-runway-parquet-"))
const DUCKDB = { name: "@duckdb/node-api", version: "1.5.6-r.1" }

const run = (program, args, options = {}) => {
  const { error, status, stderr, stdout } = spawnSync(program, args, { encoding: "utf8", ...options })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${[program, ...args].join(" ")} exits with ${status}\n${stdout}${stderr}`)
  return stdout
}

const installed = () => {
  if (process.argv[2] !== undefined) return resolve(process.argv[2])
  const folder = join(temporary, "duckdb")
  run("npm", [
    "install",
    "--prefix",
    folder,
    "--no-save",
    "--no-audit",
    "--no-fund",
    `${DUCKDB.name}@${DUCKDB.version}`,
  ])
  return folder
}

/** A body on one line, with all digits of its numbers. */
const fixture = (name) => readFileSync(join(root, "test/fixtures", name), "utf8").replaceAll(/\n\s*/g, "")

/** Looks of some accounts over three months: bodies of every revision, and the ends of the ranges. */
const lines = () => {
  const reference = fixture("reference-2025-05-07.json")
  const bodies = [
    ...readdirSync(join(root, "test/fixtures/revisions")).map((name) => fixture(join("revisions", name))),
    reference.replace('"41.26"', '"-9199999999.999999999"').replace('"63.35"', '"9199999999.999999999"'),
    reference.replace('"monthly_api_credits_remaining": 5', '"monthly_api_credits_remaining": 18446744073709551615'),
  ]
  const subjects = ["user:ada", "user:zo\u00eb", 'org:acme, "the" firm']
  return Array.from({ length: 3000 }, (_, look) => {
    const at = new Date(Date.UTC(2026, 0, 1) + look * 2_520_001).toISOString()
    const subject = JSON.stringify(subjects[look % subjects.length])
    return `{"subject":${subject},"observed_at":"${at}","body":${bodies[look % bodies.length]}}`
  })
}

const zooRunway = (...args) => [join(root, "dist/bin/zoo-runway.js"), ...args, "--db", join(temporary, "history.db")]

const TYPES = {
  monthly_usd: "DECIMAL(19,9)",
  stable_usd: "DECIMAL(20,9)",
  due_usd: "DECIMAL(19,9)",
  monthly_credits: "UBIGINT",
  observed_at: "TIMESTAMP WITH TIME ZONE",
  subscription: "VARCHAR",
  month: "VARCHAR",
}

const check = async () => {
  const [parquet, csv] = [join(temporary, "parquet"), join(temporary, "history.csv")]
  run(process.execPath, zooRunway("import", "-"), { input: lines().join("\n") })
  run(process.execPath, zooRunway("export", "--format", "parquet", "--out", parquet))
  run(process.execPath, zooRunway("export", "--format", "csv", "--out", csv))

  const { DuckDBInstance } = createRequire(join(installed(), "package.json"))(DUCKDB.name)
  const connection = await (await DuckDBInstance.create(":memory:")).connect()
  const rows = async (sql) => (await connection.runAndReadAll(sql)).getRowsJson()
  await rows("SET TimeZone = 'UTC'")
  const files = `read_parquet('${parquet}/**/*.parquet', hive_partitioning = true)`
  await rows(`CREATE VIEW p AS SELECT * FROM ${files}`)
  await rows(`CREATE TABLE c AS SELECT * FROM read_csv('${csv}', all_varchar = true, header = true, delim = ',',
    quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false)`)

  const columns = await rows("DESCRIBE p")
  const types = Object.fromEntries(columns)
  for (const [name, type] of Object.entries(TYPES)) assert.equal(types[name], type, name)
  const names = columns.map(([name]) => name).filter((name) => name !== "month")
  const casts = names.map((name) => `CAST(${name} AS ${types[name]}) AS ${name}`).join(", ")
  const fromCsv = `SELECT ${casts} FROM c`
  const fromParquet = `SELECT ${names.join(", ")} FROM p`
  const [[kept, months]] = await rows("SELECT count(*), count(DISTINCT month) FROM p")
  assert.equal(Number(kept), lines().length)
  for (const [one, other] of [
    [fromCsv, fromParquet],
    [fromParquet, fromCsv],
  ]) {
    assert.deepEqual(await rows(`${one} EXCEPT ALL ${other}`), [])
  }
  assert.deepEqual(await rows("SELECT count(*) FROM p WHERE month <> strftime(observed_at, '%Y-%m')"), [["0"]])
  for (const where of ["monthly_usd < 0", "monthly_credits > 18446744073709551614", "subject = 'user:zo\u00eb'"]) {
    const [[found]] = await rows(`SELECT count(*) FROM p WHERE ${where}`)
    const [[expected]] = await rows(`SELECT count(*) FROM (${fromCsv}) WHERE ${where}`)
    assert.notEqual(found, "0", where)
    assert.equal(found, expected, where)
  }
  console.log(`DuckDB reads ${kept} snapshots of ${months} months from Parquet as from CSV: ${names.length} columns`)
}

try {
  await check()
} finally {
  rmSync(temporary, { recursive: true, force: true })
}
