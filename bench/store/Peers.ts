/** Others that store such a history: lines of JSON, and peers that are installed for this bench alone. */
import { appendFileSync, closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import * as Polls from "./Polls.js"
import * as Raw from "./Raw.js"
import type { Synchronous, Writer } from "./Writer.js"

/** A line a snapshot at the end of a file. */
export const jsonLines = (path: string, synchronous: Synchronous): Writer => {
  const file = openSync(path, "a")
  return {
    name: "JSON lines",
    write: (polls) => {
      for (const poll of polls) {
        appendFileSync(file, `${Polls.lineOf(poll)}\n`)
        if (synchronous === "FULL") fsyncSync(file)
      }
    },
    close: () => closeSync(file),
    count: () => readFileSync(path, "utf8").split("\n").length - 1,
    files: [path],
  }
}

/** Lines at the end of a file, some hundreds at once. */
export const jsonLinesAtOnce = (path: string): Writer => {
  const file = openSync(path, "a")
  return {
    ...jsonLines(path, "NORMAL"),
    write: (polls) => {
      for (const each of Raw.batches(polls))
        writeSync(
          file,
          each
            .map(
              (poll) => `${Polls.lineOf(poll)}
`,
            )
            .join(""),
        )
    },
    close: () => closeSync(file),
  }
}

const load = <A>(peers: string, name: string): Promise<A> =>
  import(pathToFileURL(createRequire(join(peers, "package.json")).resolve(name)).href)

interface KeyvStore {
  readonly query: (sql: string) => Promise<ReadonlyArray<Readonly<Record<string, unknown>>>>
  readonly close: () => Promise<void>
}

/** As far as it is used here. */
export interface Keyv {
  readonly set: (key: string, value: unknown) => Promise<unknown>
  readonly get: (key: string) => Promise<unknown>
  readonly store: KeyvStore
}

interface KeyvModules {
  readonly Keyv: { readonly Keyv: new (options: { readonly store: KeyvStore }) => Keyv }
  readonly Sqlite: { readonly KeyvSqlite: new (options: object) => KeyvStore }
}

/** keyv over its SQLite adapter. */
export const openKeyv = async (peers: string, path: string, synchronous: Synchronous): Promise<Keyv> => {
  const { Keyv: KeyvClass } = await load<KeyvModules["Keyv"]>(peers, "keyv")
  const { KeyvSqlite } = await load<KeyvModules["Sqlite"]>(peers, "@keyv/sqlite")
  const store = new KeyvSqlite({ uri: `sqlite://${path}` })
  await store.query("PRAGMA journal_mode = WAL")
  await store.query(`PRAGMA synchronous = ${synchronous}`)
  return new KeyvClass({ store })
}

export const keyv = async (peers: string, path: string, synchronous: Synchronous): Promise<Writer> => {
  const opened = await openKeyv(peers, path, synchronous)
  return {
    name: "keyv",
    write: async (polls) => {
      for (const { at, body } of polls) await opened.set(`${at}`, JSON.parse(body))
    },
    close: async () => {
      await opened.store.query("PRAGMA wal_checkpoint(TRUNCATE)")
      await opened.store.close()
    },
    count: async () => {
      const again = await openKeyv(peers, path, synchronous)
      const [row] = await again.store.query("SELECT count(*) AS count FROM keyv")
      await again.store.close()
      return Number(row?.["count"])
    },
    files: [path],
  }
}

interface DuckValue {
  readonly bindNull: (index: number) => void
  readonly bindBigInt: (index: number, value: bigint) => void
  readonly run: () => Promise<unknown>
}

interface DuckAppender {
  readonly appendBigInt: (value: bigint) => void
  readonly appendNull: () => void
  readonly endRow: () => void
  readonly flushSync: () => void
  readonly closeSync: () => void
}

/** As far as it is used here. */
export interface DuckConnection {
  readonly run: (sql: string) => Promise<unknown>
  readonly prepare: (sql: string) => Promise<DuckValue>
  readonly createAppender: (table: string) => Promise<DuckAppender>
  readonly runAndReadAll: (sql: string) => Promise<{ readonly getRows: () => ReadonlyArray<ReadonlyArray<unknown>> }>
  readonly closeSync: () => void
}

interface DuckInstance {
  readonly connect: () => Promise<DuckConnection>
  readonly closeSync: () => void
}

interface DuckModule {
  readonly DuckDBInstance: { readonly create: (path: string) => Promise<DuckInstance> }
}

export interface Duck {
  readonly connection: DuckConnection
  readonly close: () => void
}

/** A DuckDB file. */
export const openDuck = async (peers: string, path: string): Promise<Duck> => {
  const { DuckDBInstance } = await load<DuckModule>(peers, "@duckdb/node-api")
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  const close = (): void => {
    connection.closeSync()
    instance.closeSync()
  }
  return { connection, close }
}

const duckCounter = (peers: string, path: string) => async (): Promise<number> => {
  const { close, connection } = await openDuck(peers, path)
  const result = await connection.runAndReadAll("SELECT count(*) FROM snapshot")
  close()
  return Number(result.getRows()[0]?.[0])
}

const duckTable = (columns: ReadonlyArray<string>): string =>
  `CREATE TABLE snapshot (${columns.map((column) => `${column} BIGINT`).join(", ")}, PRIMARY KEY (account_id, observed_at))`

/** A row an insert, prepared, each in a transaction of its own; DuckDB writes its log through to the disk. */
export const duck = async (peers: string, path: string): Promise<Writer> => {
  const { close, connection } = await openDuck(peers, path)
  await connection.run(duckTable(Raw.COLUMNS))
  const insert = await connection.prepare(`INSERT INTO snapshot VALUES (${Raw.COLUMNS.map(() => "?").join(", ")})`)
  return {
    name: "DuckDB",
    write: async (polls) => {
      for (const { snapshot } of polls) {
        for (const [index, value] of Raw.valuesOf(snapshot).entries()) {
          if (value === null) insert.bindNull(index + 1)
          else insert.bindBigInt(index + 1, BigInt(value))
        }
        await insert.run()
      }
    },
    close,
    count: duckCounter(peers, path),
    files: [path],
  }
}

/** Rows by the appender. */
export const duckAtOnce = async (peers: string, path: string): Promise<Writer> => {
  const { close, connection } = await openDuck(peers, path)
  await connection.run(duckTable(Raw.COLUMNS))
  const appender = await connection.createAppender("snapshot")
  return {
    name: "DuckDB",
    write: (polls) => {
      for (const { snapshot } of polls) {
        for (const value of Raw.valuesOf(snapshot)) {
          if (value === null) appender.appendNull()
          else appender.appendBigInt(BigInt(value))
        }
        appender.endRow()
      }
      appender.flushSync()
    },
    close: async () => {
      appender.closeSync()
      await connection.run("CHECKPOINT")
      close()
    },
    count: duckCounter(peers, path),
    files: [path],
  }
}

/** Those that take a hundred times longer. */
export const slow = async (peers: string, folder: string, synchronous: Synchronous): Promise<ReadonlyArray<Writer>> => [
  await keyv(peers, join(folder, "keyv.db"), synchronous),
  await duck(peers, join(folder, "duck.db")),
]
