/**
 * Installs the packed package with npm 10, npm 12, pnpm 10 and Yarn 1, as projects do, and runs its command under Node 20, 22 and 24.
 *
 * The SQLite driver for Node 22 and later needs no install script; the one for Node 20 does, which npm 12 and pnpm 10 do not run. There the
 * command must say so, and work once the user has done what it says.
 */
import { strict as assert } from "node:assert"
import { spawn, spawnSync } from "node:child_process"
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { delimiter, dirname, join } from "node:path"

const NODES = [20, 22, 24]
const ownNode = Number.parseInt(process.versions.node, 10)

const DRIVERS = ["better-sqlite3", "better-sqlite3-12"]

/** `script`: the program in the package. `runsScripts`: whether it runs install scripts that nobody approved. */
const MANAGERS = [
  { name: "npm 10", alias: "npm10", spec: "npm:npm@10", script: "bin/npm-cli.js", nodes: [20, 22], runsScripts: true },
  // It does not run on Node 20, so what it installs under Node 22 is run there.
  { name: "npm 12", alias: "npm12", spec: "npm:npm@12", script: "bin/npm-cli.js", nodes: [22], runsScripts: false },
  {
    name: "pnpm 10",
    alias: "pnpm10",
    spec: "npm:pnpm@10",
    script: "bin/pnpm.cjs",
    nodes: [20, 22],
    runsScripts: false,
  },
  { name: "Yarn 1", alias: "yarn1", spec: "npm:yarn@1", script: "bin/yarn.js", nodes: [20, 22], runsScripts: true },
]

const run = (program, args, options) => {
  const { error, status, stderr, stdout } = spawnSync(program, args, { encoding: "utf8", ...options })
  if (error !== undefined) throw error
  return { status, stdout, stderr, what: `${[program, ...args].join(" ")} exits with ${status}\n${stdout}${stderr}` }
}

/** Bytes below a folder; what is linked is counted where it is. */
const bytesOf = (path) => {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return 0
  if (!stats.isDirectory()) return stats.size
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0)
}

const megabytes = (bytes) => (bytes / 1e6).toFixed(0)

/** Puts the versions of Node and the package managers into a folder, and each version of Node on a path of its own. */
export const fetchTools = (temporary) => {
  const tools = join(temporary, "tools")
  mkdirSync(tools)
  const nodes = NODES.filter((major) => major !== ownNode)
  const dependencies = Object.fromEntries([
    // The package that `node` of the registry installs with a script of its own.
    ...nodes.map((major) => [`node${major}`, `npm:node-${process.platform}-${process.arch}@${major}`]),
    ...MANAGERS.map(({ alias, spec }) => [alias, spec]),
  ])
  writeFileSync(join(tools, "package.json"), JSON.stringify({ private: true, dependencies }))
  const install = run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: tools })
  assert.equal(install.status, 0, install.what)
  const inTools = (...names) => join(tools, "node_modules", ...names)
  for (const major of NODES) {
    const folder = join(tools, `path-${major}`)
    mkdirSync(folder)
    symlinkSync(major === ownNode ? process.execPath : inTools(`node${major}`, "bin/node"), join(folder, "node"))
    for (const { alias, script } of MANAGERS) {
      const [name] = /^[a-z]+/.exec(alias)
      // npm is the one that this version of Node comes with.
      if (alias === "npm12") continue
      const file = join(folder, name)
      writeFileSync(file, `#!/bin/sh\nexec "${join(folder, "node")}" "${inTools(alias, script)}" "$@"\n`)
      chmodSync(file, 0o755)
    }
  }
  return { tools, inTools, nodeOf: (major) => join(tools, `path-${major}`, "node") }
}

const environmentOf = ({ inTools, tools }, temporary, major, more = {}) => {
  // Without the variables of the package manager that runs this script.
  const kept = Object.entries(process.env).filter(([name]) => !/^npm_|^INIT_CWD$|^XDG_|^ZOO_/i.test(name))
  const home = join(temporary, "home")
  mkdirSync(home, { recursive: true })
  return {
    ...Object.fromEntries(kept),
    PATH: [join(tools, `path-${major}`), process.env.PATH].join(delimiter),
    XDG_DATA_HOME: join(home, "data"),
    ...(major === ownNode ? {} : { npm_config_nodedir: inTools(`node${major}`) }),
    ...more,
  }
}

/** Keeps the binary for Node 20 that one install compiled or fetched where later ones find it, so that none compiles again. */
const keepBinary = (project, { nodeOf }, temporary) => {
  const folder = join(project, "node_modules/better-sqlite3-12")
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  const abi = run(nodeOf(20), ["-p", "process.versions.modules"]).stdout.trim()
  const prebuilds = join(temporary, "prebuilds")
  const binary = "build/Release/better_sqlite3.node"
  mkdirSync(join(prebuilds, dirname(binary)), { recursive: true })
  cpSync(join(folder, binary), join(prebuilds, binary))
  const archive = `better-sqlite3-v${version}-node-v${abi}-${process.platform}-${process.arch}.tar.gz`
  const packed = run("tar", ["-czf", archive, "build"], { cwd: prebuilds })
  assert.equal(packed.status, 0, packed.what)
  return { npm_config_better_sqlite3_local_prebuilds: prebuilds }
}

/** Neither a binary to fetch nor a compiler: the build of `better-sqlite3-12` fails, which must fail no install. */
const NO_BUILD = {
  npm_config_better_sqlite3_binary_host: "http://127.0.0.1:9",
  CC: "/bin/false",
  CXX: "/bin/false",
}

const doctor = (node, project, env) => {
  const { status, stdout, what } = run(node, [commandOf(project), "doctor", "--json"], { cwd: project, env })
  assert.ok(status === 0 || status === 74, what)
  return JSON.parse(stdout).findings.find(({ check }) => check === "driver")
}

const commandOf = (project) => join(project, "node_modules/zoo-runway/dist/bin/zoo-runway.js")

const expectWorks = (node, project, env) => {
  const demo = run(node, [commandOf(project), "demo", "--json"], { cwd: project, env })
  assert.equal(demo.status, 0, demo.what)
  assert.equal(typeof JSON.parse(demo.stdout).balance, "object", demo.what)
  const found = doctor(node, project, env)
  assert.equal(found.level, "ok", found.found)
  return /^better-sqlite3 (\d+)/.exec(found.found)[1]
}

/** Checks that the command ends with one line that says how to install a driver. Returns what it says. */
const expectNoDriver = (node, project, env) => {
  const found = doctor(node, project, env)
  assert.equal(found.level, "bad", found.found)
  const { status, stderr, what } = run(node, [commandOf(project), "demo"], { cwd: project, env })
  assert.equal(status, 73, what)
  const line = stderr.split("\n").filter((each) => each.includes("cannot open"))
  assert.deepEqual(
    line.map((each) => each.replace(/^.*: no SQLite driver is installed for this version of Node; /, "")),
    [`to install one, run: ${found.advice}`],
    what,
  )
  return found.advice
}

/** Answers the questions of `pnpm approve-builds`: takes the first package, and confirms. */
const approveBuilds = (project, env) =>
  new Promise((resolve, reject) => {
    const child = spawn("pnpm", ["approve-builds"], { cwd: project, env })
    const answers = [
      [/Choose which packages.*○ better-sqlite3/s, " "],
      [/● better-sqlite3/, "\r"],
      [/Do you approve/, "y\r"],
    ]
    let said = ""
    const listen = (chunk) => {
      said += chunk
      if (answers.length === 0 || !answers[0][0].test(said)) return
      child.stdin.write(answers.shift()[1])
      said = ""
    }
    child.stdout.on("data", listen)
    child.stderr.on("data", listen)
    child.on("error", reject)
    child.on("exit", (code) => {
      if (code === 0 && answers.length === 0) resolve()
      else reject(new Error(`pnpm approve-builds exits with ${code}\n${said}`))
    })
  })

const follow = async (advice, project, env) => {
  if (advice.startsWith("pnpm approve-builds")) {
    assert.equal(advice, "pnpm approve-builds (choose better-sqlite3)")
    return approveBuilds(project, env)
  }
  const { status, what } = run("sh", ["-c", advice], { cwd: project, env })
  assert.equal(status, 0, what)
}

const tableOf = (head, rows) => {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column].length)))
  return [head, ...rows].map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column])).join("  ")}`.trimEnd(),
  )
}

/** Checks all of them. Returns the lines of a table, and the environment in which later installs need not compile. */
export const checkInstalls = async ({ checkout, dependencies, temporary, tools }) => {
  const installed = []
  // The checkout's own install showed that the binary compiles, or can be fetched.
  let kept = ownNode === 20 ? keepBinary(checkout, tools, temporary) : undefined
  const install = (manager, major) => {
    const project = join(temporary, `${manager.alias}-node-${major}`)
    mkdirSync(project)
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "host", private: true, dependencies }))
    const env = environmentOf(tools, temporary, major, major === 20 ? (kept ?? {}) : NO_BUILD)
    const started = Date.now()
    const { status, what } = run(tools.nodeOf(major), [tools.inTools(manager.alias, manager.script), "install"], {
      cwd: project,
      env,
    })
    assert.equal(status, 0, what)
    const seconds = (Date.now() - started) / 1000
    const modules = join(project, "node_modules")
    const driver = DRIVERS.reduce((sum, name) => sum + bytesOf(packageOf(modules, name)), 0)
    installed.push([
      `${manager.name}, Node ${major}`,
      seconds.toFixed(0),
      megabytes(bytesOf(modules)),
      megabytes(driver),
    ])
    if (major === 20) kept ??= keepBinary(project, tools, temporary)
    return project
  }
  const works = []
  for (const manager of MANAGERS) {
    const projects = new Map(manager.nodes.map((major) => [major, install(manager, major)]))
    const cells = []
    for (const major of NODES) {
      const project = projects.get(major) ?? projects.get(22)
      const env = environmentOf(tools, temporary, major, kept)
      const node = tools.nodeOf(major)
      if (major === 20 && !manager.runsScripts) {
        const advice = expectNoDriver(node, project, env)
        await follow(advice, project, env)
        assert.equal(expectWorks(node, project, env), "12")
        cells.push(`NoDriver, works after: ${advice}`)
      } else {
        const expected = major === 20 ? "12" : "13"
        assert.equal(expectWorks(node, project, env), expected, `${manager.name}, Node ${major}: another driver`)
        cells.push(`works (${expected})`)
      }
    }
    works.push([manager.name, ...cells])
  }
  return {
    kept,
    lines: [
      ...tableOf(["", ...NODES.map((major) => `Node ${major}`)], works),
      "",
      ...tableOf(["install", "seconds", "megabytes", "of these, the driver"], installed),
      ownNode === 20
        ? "  On Node 20 the driver's binary was there, as where it can be fetched; compiling it takes a minute or two more."
        : "  On Node 20 the first install fetched or compiled the driver's binary, the others took it from there.",
      "  On Node 22 the driver for Node 20 could be neither fetched nor compiled.",
    ],
  }
}

/** The folder of a package that is installed flat, or by pnpm. */
const packageOf = (modules, name) => {
  const flat = join(modules, name)
  if (existsSync(flat)) return flat
  const wanted = name === "better-sqlite3" ? /^better-sqlite3@13/ : /^better-sqlite3@12/
  const store = join(modules, ".pnpm")
  const found = existsSync(store) ? readdirSync(store).find((each) => wanted.test(each)) : undefined
  return found === undefined ? flat : join(store, found)
}
