/** Which pages may read a route's answers in a browser, as the configuration states it. */
export type CorsRule = {
  /** `https://app.example.org`, `https://*.example.org`, or `*` alone. */
  readonly origins: readonly string[]
  /** Undefined: those of the route. */
  readonly methods?: readonly string[] | undefined
  /** Fields that a page may send; `*`: any. */
  readonly headers?: readonly string[] | undefined
  /** Fields of the answer that a page may read. */
  readonly expose?: readonly string[] | undefined
  readonly credentials?: boolean | undefined
  readonly maxAgeMs?: number | undefined
}

/** The same, checked and made for speed. */
export type Cors = {
  /** Null: all of them, and all get the same answer. */
  readonly origins: Origins | null
  readonly methods: ReadonlySet<string>
  /** Lower case; null: any. */
  readonly headers: ReadonlySet<string> | null
  /** What an answer says besides Access-Control-Allow-Origin. `[name, value, …]` */
  readonly said: readonly string[]
  /** What the answer to a preflight says besides, Access-Control-Allow-Headers aside. */
  readonly saidBefore: readonly string[]
}

/** Origins as browsers write them: lower case, without the port that the scheme has anyway. */
export type Origins = {
  readonly exact: ReadonlySet<string>
  /** All hosts between a scheme (`https://`) and an end (`.example.org:8443`). */
  readonly below: ReadonlyArray<{ readonly scheme: string; readonly end: string }>
}
