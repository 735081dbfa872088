/**
 * A map of bounded size that drops entries which were not used recently, for data that is read far more often than it is written.
 *
 * It has two generations: an entry that is found in the old one moves to the young one, and once the young one is full it becomes the old one,
 * whose entries are dropped. So it holds between half of its capacity and all of it, and reading a recent entry changes nothing.
 */
export class RecentMap<Value> {
  private young = new Map<string, Value>()
  private old = new Map<string, Value>()
  private readonly half: number

  /** `capacity`: the largest number of entries, at least 2. */
  constructor(capacity: number) {
    this.half = Math.max(1, Math.floor(capacity / 2))
  }

  /** Number of entries. */
  get size(): number {
    return this.young.size + this.old.size
  }

  get(key: string): Value | undefined {
    const recent = this.young.get(key)
    if (recent !== undefined) return recent
    const value = this.old.get(key)
    if (value !== undefined) this.set(key, value)
    return value
  }

  set(key: string, value: Value): void {
    this.old.delete(key)
    if (this.young.size >= this.half && !this.young.has(key)) {
      this.old = this.young
      this.young = new Map()
    }
    this.young.set(key, value)
  }

  delete(key: string): void {
    this.young.delete(key)
    this.old.delete(key)
  }
}
