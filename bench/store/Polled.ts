/** Whose balance is polled. */
import * as Account from "../../src/domain/history/Account.js"

export const USER = "6d3a26ba-1f0a-4d9f-8a2c-92d1a8c0f0b1"

export const account = Account.user(Account.DEFAULT_BASE_URL, USER)
