/** A program: tells which native modules are loaded once the library is imported, and once a database is open. */
import * as Library from "../../src/index.js"
import * as Driver from "../../src/infra/store/sqlite/Driver.js"

const nativeModules = (): ReadonlyArray<string> => {
  const { sharedObjects } = process.report.getReport() as unknown as { readonly sharedObjects: ReadonlyArray<string> }
  return sharedObjects.filter((path) => path.endsWith(".node"))
}

const imported = nativeModules()
const database = Driver.open(":memory:")
console.log(JSON.stringify({ names: Object.keys(Library), imported, opened: nativeModules() }))
database.close()
