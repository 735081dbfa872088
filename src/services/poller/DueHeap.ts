/** A binary heap of what is due some time, in place: each element knows where it stands, so that any of them can be moved or taken out. */

/** What an element of a heap carries for it. The heap alone writes `turn` and `place`. */
export interface Due {
  /** Milliseconds since 1970. */
  dueAt: number
  /** Which of the elements that are due at once goes first: the one that was put in first. */
  turn: number
  /** Where it stands; {@link NOWHERE} outside the heap. */
  place: number
}

/** The place of what is in no heap. */
export const NOWHERE = -1

const goesBefore = (a: Due, b: Due): boolean => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.turn < b.turn)

/** Elements by the time that they are due. `put`, `take` and `remove` cost the logarithm of the size. */
export class DueHeap<A extends Due> {
  private readonly elements: Array<A> = []
  private turns = 0

  /** How many elements there are. */
  get size(): number {
    return this.elements.length
  }

  /** The element that is due first. */
  get first(): A | undefined {
    return this.elements[0]
  }

  /** Puts an element in, behind those that are due at the same time; one that is in already is moved. */
  put(element: A, dueAt: number): void {
    this.remove(element)
    element.dueAt = dueAt
    element.turn = this.turns++
    this.elements.push(element)
    this.rise(element, this.elements.length - 1)
  }

  /** Takes out the element that is due first, where it is due by `now`. */
  take(now: number): A | undefined {
    const first = this.elements[0]
    if (first === undefined || first.dueAt > now) return undefined
    this.remove(first)
    return first
  }

  /** Takes an element out; one that is in no heap is left alone. */
  remove(element: A): void {
    const { place } = element
    if (place === NOWHERE) return
    element.place = NOWHERE
    const last = this.elements.pop()
    if (last === undefined || last === element) return
    this.rise(last, place)
    this.sink(last, last.place)
  }

  /** How many elements are due by `now`: looks at those alone and their neighbours. */
  countDue(now: number): number {
    const count = (place: number): number => {
      const element = this.elements[place]
      return element === undefined || element.dueAt > now ? 0 : 1 + count(2 * place + 1) + count(2 * place + 2)
    }
    return count(0)
  }

  /** Puts every element off by `millis`, or draws it nearer where that is below 0. */
  shift(millis: number): void {
    for (const element of this.elements) element.dueAt += millis
  }

  private set(element: A, place: number): void {
    this.elements[place] = element
    element.place = place
  }

  private rise(element: A, from: number): void {
    let place = from
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = this.elements[above]
      if (parent === undefined || !goesBefore(element, parent)) break
      this.set(parent, place)
      place = above
    }
    this.set(element, place)
  }

  private sink(element: A, from: number): void {
    let place = from
    for (;;) {
      const [left, right] = [this.elements[2 * place + 1], this.elements[2 * place + 2]]
      const child = left !== undefined && right !== undefined && goesBefore(right, left) ? right : left
      if (child === undefined || !goesBefore(child, element)) break
      const below = child.place
      this.set(child, place)
      place = below
    }
    this.set(element, place)
  }
}
