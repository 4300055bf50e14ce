/**
 * The process that tries a database out before haulout opens it: a damaged one ends the process
 * that reads it, and this one has nothing to lose. It prints what it has found as JSON.
 */
import { walkDatabase } from './lmdb.ts'
import { isDamage } from './rooms.ts'

const [path, budgetMs] = process.argv.slice(2)

function findings(): object {
  try {
    return walkDatabase(path!, Number(budgetMs))
  } catch (error) {
    const { message } = error as Error
    return isDamage(error) ? { damage: message, whole: true } : { trouble: message }
  }
}

process.stdout.write(JSON.stringify(findings()))
// Not by way of closing the database, which may find one more fault in it.
process.exit(0)
