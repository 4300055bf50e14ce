/**
 * One pass over a syntax tree, noting what the tidy rules ask about. What is hard about it: a name
 * may be a label (`a.process`) or a use (`process.a`), and a function may be what a file exports or
 * lie anywhere inside; so every node is looked at together with the nodes above it.
 */
import type { AnyNode, Program } from 'acorn'

export type FunctionFact = {
  readonly name: string
  readonly line: number
  /** Lines of its own: named functions and methods inside it are measured by themselves. */
  readonly lines: number
  readonly parameters: number
  readonly exported: boolean
  readonly documented: boolean
}

/** Something found at a line, in words that a rule can look for. */
export type Mark = { readonly line: number; readonly what: string }

export type Found = {
  readonly functions: readonly FunctionFact[]
  /** Free-standing names and `Object.member` pairs that are used, and `async`, `await`. */
  readonly uses: readonly Mark[]
  /** Top-level declarations that can change, as `let x`, `x = new Map`, `x = []`. */
  readonly state: readonly Mark[]
  /** Top-level statements that do something when the module is imported. */
  readonly effects: readonly Mark[]
  /** `new X` where X was imported from another file of the project. */
  readonly constructs: readonly Mark[]
  /** Writes into what an exported function was given, as `name.member`. */
  readonly writes: readonly Mark[]
}

type Given = {
  /** Names that come from the project's own files. */
  readonly own: ReadonlySet<string>
  /** Whether a doc comment ends right before this offset. */
  readonly isDocumented: (start: number) => boolean
}

type FunctionNode = Extract<AnyNode, {
  type: 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression'
}>

const MUTATORS: ReadonlySet<string> = new Set(['push', 'pop', 'shift', 'unshift', 'splice', 'sort',
  'reverse', 'set', 'add', 'delete', 'clear', 'fill'])
/** What is only ever read, or is a value like a number. */
const VALUES = /^(?:RegExp|URL|Text(?:De|En)coder|U?[iI]nt\d+Array|Date|Error)$/
const FACTORY = /^(?:create|open|start|connect)[A-Z]/

/** Walks a program whose nodes carry `loc`. */
export function walk(program: Program, given: Given): Found {
  const pass = new Pass(given)
  for (const statement of program.body) pass.topLevel(statement)
  pass.visit(program, [])
  return pass
}

class Pass implements Found {
  readonly functions: FunctionFact[] = []
  readonly uses: Mark[] = []
  readonly state: Mark[] = []
  readonly effects: Mark[] = []
  readonly constructs: Mark[] = []
  readonly writes: Mark[] = []
  readonly #given: Given
  /** Names of the module's own constants. */
  readonly #constants = new Set<string>()

  constructor(given: Given) {
    this.#given = given
  }

  topLevel(node: AnyNode): void {
    const line = lineOf(node)
    if (node.type === 'ExportNamedDeclaration' && node.declaration) {
      this.topLevel(node.declaration)
    } else if (node.type === 'VariableDeclaration') {
      for (const { id, init } of node.declarations) {
        const name = id.type === 'Identifier' ? id.name : 'a pattern'
        this.#constants.add(name)
        if (node.kind !== 'const') this.state.push({ line, what: `${node.kind} ${name}` })
        else if (init && isVessel(init)) this.state.push({ line, what: name })
      }
    } else if (!/^(?:Import|Export|Function|Class|Empty)/.test(node.type)) {
      this.effects.push({ line, what: node.type })
    }
  }

  visit(node: AnyNode, above: readonly AnyNode[]): void {
    const line = lineOf(node)
    const use = (what: string): void => void this.uses.push({ line, what })
    if (isFunction(node)) this.#function(node, above)
    if (isFunction(node) && node.async) use('async')
    if (node.type === 'AwaitExpression' || (node.type === 'ForOfStatement' && node.await)) {
      use('await')
      if (!above.some(isFunction)) this.effects.push({ line, what: 'await' })
    }
    if (node.type === 'NewExpression' || node.type === 'CallExpression') this.#call(node)
    if (node.type === 'Identifier' && !isLabel(node, above.at(-1))) use(node.name)
    if (node.type === 'MemberExpression' && node.object.type === 'Identifier') {
      use(`${node.object.name}.${memberOf(node)}`)
    }
    this.#write(node, above)
    for (const child of childrenOf(node)) this.visit(child, [...above, node])
  }

  #call(node: AnyNode & { type: 'NewExpression' | 'CallExpression' }): void {
    const line = lineOf(node)
    if (node.callee.type !== 'Identifier') return
    const { name } = node.callee
    const isNew = node.type === 'NewExpression'
    if (name === 'Date' && !(isNew && node.arguments.length > 0)) {
      this.uses.push({ line, what: 'Date()' })
    }
    if (this.#given.own.has(name) && (isNew || FACTORY.test(name))) {
      this.constructs.push({ line, what: name })
    }
  }

  #function(node: FunctionNode, above: readonly AnyNode[]): void {
    const outer = exportOf(above)
    this.functions.push({
      name: nameOf(node, above.at(-1)),
      line: lineOf(node),
      lines: linesOf(node) - innerLinesOf(node),
      parameters: node.params.length,
      exported: outer !== null,
      documented: outer !== null && this.#given.isDocumented(outer.start),
    })
  }

  /** Notes a write into a parameter of an exported function, or into a constant of the module. */
  #write(node: AnyNode, above: readonly AnyNode[]): void {
    const target = targetOf(node)
    if (target?.type !== 'MemberExpression') return
    let root: AnyNode = target
    while (root.type === 'MemberExpression') root = root.object
    if (root.type !== 'Identifier') return
    const { name } = root
    const line = lineOf(node)
    const owner = above.findLastIndex((fn) => isFunction(fn) && takes(fn, name))
    if (owner !== -1 && exportOf(above.slice(0, owner)) !== null) {
      this.writes.push({ line, what: `${name}.${memberOf(target)}` })
    }
    if (owner === -1 && this.#constants.has(name)) this.state.push({ line, what: name })
  }
}

/** What a node writes to: the left side, or the object of a call that changes it. */
function targetOf(node: AnyNode): AnyNode | null {
  if (node.type === 'AssignmentExpression') return node.left
  if (node.type === 'UpdateExpression') return node.argument
  if (node.type === 'UnaryExpression' && node.operator === 'delete') return node.argument
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return null
  const { property } = node.callee
  return property.type === 'Identifier' && MUTATORS.has(property.name) ? node.callee : null
}

function lineOf(node: AnyNode): number {
  return node.loc!.start.line
}

function linesOf(node: AnyNode): number {
  return node.loc!.end.line - node.loc!.start.line + 1
}

function isName(node: AnyNode, name: string): boolean {
  return node.type === 'Identifier' && node.name === name
}

function isFunction(node: AnyNode): node is FunctionNode {
  return node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression' ||
    node.type === 'ArrowFunctionExpression'
}

/** Whether an identifier only labels a property: `a.NAME`, `{ NAME: 1 }`. */
function isLabel(node: AnyNode, parent: AnyNode | undefined): boolean {
  if (parent?.type === 'MemberExpression') return parent.property === node && !parent.computed
  if (parent?.type === 'Property') return parent.key === node && !parent.shorthand
  return parent?.type === 'MethodDefinition' || parent?.type === 'PropertyDefinition'
}

/** The export statement when the function under these nodes is itself what is exported. */
function exportOf(above: readonly AnyNode[]): AnyNode | null {
  const [, statement] = above
  if (statement === undefined || !/^Export(?:Named|Default)/.test(statement.type)) return null
  const between = above.slice(2).map(({ type }) => type).join()
  return between === '' || between === 'VariableDeclaration,VariableDeclarator' ? statement : null
}

function nameOf(node: FunctionNode, parent: AnyNode | undefined): string {
  if (node.id) return node.id.name
  const key = parent?.type === 'VariableDeclarator' ? parent.id
    : parent && 'key' in parent ? parent.key : null
  return key && 'name' in key ? key.name : 'a function'
}

/** Lines of the named functions and methods directly inside; callbacks count for their caller. */
function innerLinesOf(node: AnyNode): number {
  let lines = 0
  for (const child of childrenOf(node)) {
    const isMethod = child.type === 'MethodDefinition' ||
      (child.type === 'Property' && (child.method || child.kind !== 'init'))
    if (child.type === 'FunctionDeclaration' || isMethod) lines += linesOf(child)
    else lines += innerLinesOf(child)
  }
  return lines
}

/** A container that is made to be filled, or a part of the program: what a module has state in. */
function isVessel(node: AnyNode): boolean {
  if (node.type === 'ArrayExpression') return node.elements.length === 0
  if (node.type === 'ObjectExpression') return node.properties.length === 0
  if (node.type !== 'NewExpression' && node.type !== 'CallExpression') return false
  if (node.callee.type !== 'Identifier') return false
  const { name } = node.callee
  if (node.type === 'CallExpression') return FACTORY.test(name)
  return name === 'Map' || name === 'Set' ? node.arguments.length === 0 : !VALUES.test(name)
}

function takes(fn: FunctionNode, name: string): boolean {
  return fn.params.some((given) => isName(given, name))
}

function memberOf(node: AnyNode & { type: 'MemberExpression' }): string {
  return node.property.type === 'Identifier' && !node.computed ? node.property.name : '[]'
}

function childrenOf(node: AnyNode): AnyNode[] {
  return Object.values(node).flat().filter((value: unknown): value is AnyNode =>
    typeof value === 'object' && value !== null && 'type' in value && 'loc' in value)
}
