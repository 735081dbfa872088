import * as Driver from "../../src/infra/store/sqlite/Driver.js"

const database = Driver.open(":memory:")
database.close()

/** What all databases of the driver inherit their methods from: tests put their own methods in its place, and back. */
export const prototype = Object.getPrototypeOf(database) as Driver.Database
