/** Functions of objects whose results are remembered for as long as the object lives. Objects are told apart by identity. */
export const by = <A extends object, B>(of: (value: A) => B): ((value: A) => B) => {
  const known = new WeakMap<A, { readonly result: B }>()
  return (value) => {
    const found = known.get(value)
    if (found !== undefined) return found.result
    const result = of(value)
    known.set(value, { result })
    return result
  }
}
