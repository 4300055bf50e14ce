import {
  PAGE_VALUES, type Page, type PageRule, type Pages, type PageValue,
} from '../../model/page.ts'

const SLOT = new RegExp(`\\{(${PAGE_VALUES.join('|')})\\}`)

/** Cuts a page where values are put in. Other braces are the page's own: style sheets are full. */
export function compilePage({ type, text }: PageRule): Page {
  const cut = text.split(SLOT)
  return Object.freeze({
    contentType: type.startsWith('text/') ? `${type}; charset=utf-8` : type,
    literals: cut.filter((_, i) => i % 2 === 0),
    slots: cut.filter((_, i) => i % 2 === 1) as PageValue[],
    escape: /[/+]json$/.test(type) ? 'json' : type === 'text/plain' ? 'none' : 'markup',
  })
}

/** The pages of a configuration, by `404`, `5xx` or `default`; null when there are none. */
export function compilePages(rules: Readonly<Record<string, PageRule>>): Pages | null {
  const byStatus = new Map<number, Page>()
  const byClass = new Map<number, Page>()
  let fallback: Page | null = null
  for (const [name, rule] of Object.entries(rules)) {
    const page = compilePage(rule)
    if (name === 'default') fallback = page
    else if (name.endsWith('xx')) byClass.set(Number(name[0]), page)
    else byStatus.set(Number(name), page)
  }
  const none = byStatus.size === 0 && byClass.size === 0 && fallback === null
  return none ? null : Object.freeze({ byStatus, byClass, fallback })
}

/** The page for an answer of this status: the exact one before that of its class. */
export function pageFor({ byStatus, byClass, fallback }: Pages, status: number): Page | null {
  return byStatus.get(status) ?? byClass.get(Math.floor(status / 100)) ?? fallback
}

/** The page with its values put in, each so that it means nothing but itself there. */
export function renderPage(page: Page, values: Readonly<Record<PageValue, string>>): string {
  const { literals, slots } = page
  let text = literals[0]!
  for (let i = 0; i < slots.length; i++) {
    text += escaped(values[slots[i]!], page.escape) + literals[i + 1]!
  }
  return text
}

const ENTITIES: Readonly<Record<string, string>> =
  { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\'': '&#39;' }

function escaped(value: string, escape: Page['escape']): string {
  switch (escape) {
    case 'none': return value
    case 'json': return JSON.stringify(value).slice(1, -1)
    case 'markup': return value.replace(/[&<>"']/g, (one) => ENTITIES[one]!)
  }
}
