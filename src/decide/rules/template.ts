import type { Template } from '../../model/policy.ts'
import { nearest } from '../../lib/nearest.ts'
import type { Fault } from './segment.ts'

/**
 * Reads a template such as `releases/{version}/{file}`, in which `{name}` stands for the value of
 * one of the given captures. A Fault says what is wrong with it.
 */
export function parseTemplate(text: string, captures: readonly string[]): Template | Fault {
  const literals = ['']
  const slots: number[] = []
  for (const token of text.match(/\{[^{}]*\}|[^{}]+|[{}]/g) ?? []) {
    if (token === '{' || token === '}') {
      return {
        message: token === '{' ? '`{` without its `}`' : '`}` without its `{`',
        advice: 'a capture is written {name}',
      }
    }
    if (!token.startsWith('{')) {
      literals.push(literals.pop()! + token)
      continue
    }
    const slot = captures.indexOf(token.slice(1, -1))
    if (slot < 0) return unknownCapture(token, captures)
    slots.push(slot)
    literals.push('')
  }
  if (literals.some((literal) => literal.includes('*'))) {
    return {
      message: '`*` stands for nothing here',
      advice: 'give the wildcard in the path a name and write that name, e.g. {file}',
    }
  }
  return { literals, slots }
}

function unknownCapture(token: string, captures: readonly string[]): Fault {
  const name = token.slice(1, -1)
  const plain = name.replace(/\*\*$|:.*$/s, '')
  if (plain !== name && captures.includes(plain)) {
    return { message: `\`${token}\` is written as in a glob`, advice: `write {${plain}} here` }
  }
  const similar = nearest(plain, captures)
  return {
    message: `the path has no capture \`{${name}}\``,
    advice: similar !== null ? `did you mean {${similar}}?`
      : captures.length === 0 ? 'the path has no captures at all'
        : `the path has ${captures.map((capture) => `{${capture}}`).join(', ')}`,
  }
}

/** The template with the captures' values put in, as they are. */
export function fill(template: Template, captures: readonly string[]): string {
  const { literals, slots } = template
  let text = literals[0]!
  for (let i = 0; i < slots.length; i++) text += captures[slots[i]!]! + literals[i + 1]!
  return text
}

/**
 * The template as the value of a Location field (RFC 9110 §10.2.2). The captures are decoded text,
 * so all but unreserved characters and `/` is percent-encoded. No value can make another host of
 * it: a result that begins with `//` would be a network-path reference (RFC 3986 §4.2).
 */
export function fillLocation(template: Template, captures: readonly string[]): string {
  return fill(template, captures.map(encodePath)).replace(/^\/{2,}/, '/')
}

/** Decoded text as a path or a part of one: all but unreserved characters and `/` is encoded. */
export function encodePath(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replaceAll('%2F', '/')
}

/**
 * What is wrong with a template as the target of a redirect, or null. It begins with `/`, or with a
 * scheme and a whole host, so that captures can only fill in what follows the host.
 */
export function faultOfLocation(template: Template): Fault | null {
  const first = template.literals[0]!
  if (template.literals.some((literal) => /[^\u0021-\u007e]|["<>\\^`|]/.test(literal))) {
    return {
      message: 'a redirect leads to a URL, and this holds a character that no URL has',
      advice: 'percent-encode it, e.g. %20 for a space',
    }
  }
  if (/^\/(?!\/)/.test(first) || /^https?:\/\/[A-Za-z0-9.[\]:-]+\//.test(first)) return null
  if (first.startsWith('//') || /^https?:/.test(first)) {
    return {
      message: 'the host of a redirect must be written out, with a scheme and a `/` behind it',
      advice: 'write e.g. https://dl.example.org/{rest}; a capture cannot name a host',
    }
  }
  return {
    message: 'a redirect leads to a path on this host, or to a whole URL',
    advice: 'begin it with `/`, or with https://host/',
  }
}
