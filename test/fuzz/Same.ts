/** Equality of decoded values, part for part. */

/** Whether two values have the same parts; a field that is `undefined` is none, and -0 is 0. */
export const isSame = (one: unknown, other: unknown): boolean => {
  if (one === other) return true
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false
  const [parts, others] = [one as Readonly<Record<string, unknown>>, other as Readonly<Record<string, unknown>>]
  for (const key of Object.keys(parts)) if (!isSame(parts[key], others[key])) return false
  for (const key of Object.keys(others)) if (others[key] !== undefined && parts[key] === undefined) return false
  return true
}
