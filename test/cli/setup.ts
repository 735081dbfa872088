import { execFileSync } from "node:child_process"

/** Bundles the command line once before the tests that run it. */
export default (): void => {
  execFileSync(process.execPath, ["scripts/build.mjs", "--cli-only"], { stdio: "pipe" })
}
