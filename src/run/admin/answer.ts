/** What the admin listener answers, whichever of its pages was asked. */
export type Answer = {
  readonly status: number
  readonly type: string
  readonly text: string
  /** For 405: the value of `Allow`. */
  readonly allow?: string
  /** For 401: the value of `WWW-Authenticate`. */
  readonly challenge?: string
}
