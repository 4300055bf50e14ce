/** Where a secret is kept. The secret itself is never in the configuration. */
export type SecretRef =
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }

/** A secret that has been read. Lives in memory only; never logged. */
export type Credential = {
  readonly accessKey: string
  readonly secretKey: string
  readonly sessionToken: string | null
}
