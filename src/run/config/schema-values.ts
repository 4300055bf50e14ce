import { z } from 'zod'
import { KINDS, type Kind } from './kinds.ts'

/** A value of a kind: zod's schema, with what the errors, editors and the manual say about it. */
export function value<T>(kind: Kind<T>, about: string): z.ZodType<T> {
  return z.unknown().transform((value, check): T => {
    const read = kind.read(value)
    if (read !== undefined) return read
    check.addIssue({ code: 'custom', message: kind.what, params: { kind } })
    return z.NEVER
  }).meta({ ...kind.form, title: kind.what, description: about, example: kind.example })
}

/** The same, where it may be left out. */
export function some<T>(kind: Kind<T>, about: string): z.ZodOptional<z.ZodType<T>> {
  return value(kind, about).optional()
}

/** One or several; several come out. */
export function list<T>(kind: Kind<T>, about: string): z.ZodType<T[]> {
  const one = value(kind, about)
  return z.union([one.transform((only) => [only]), z.array(one).min(1)])
    .meta({ title: `${kind.what}, or a list of such`, description: about, example: kind.example })
}

/** One, several, or `[]` for none; several come out. */
export function anyNumber<T>(kind: Kind<T>, about: string): z.ZodType<T[]> {
  const one = value(kind, about)
  return z.union([one.transform((only) => [only]), z.array(one)])
    .meta({ title: `${kind.what}, or a list of such`, description: about, example: kind.example })
}

/** A map whose keys are names of the user's choice. */
export function map<T>(of: z.ZodType<T>, about: string): z.ZodType<Record<string, T>> {
  return z.record(z.string().regex(new RegExp(KINDS.name.form['pattern'] as string)), of)
    .meta({ title: 'names, each with keys of its own', description: about })
}
