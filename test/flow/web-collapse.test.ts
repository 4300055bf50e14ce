/** Who waits for whom at an http origin, and who must not. */
import type { ServerResponse } from 'node:http'
import t from 'tap'
import { openWeb, valueOf, type Got, type WebHouse } from '../support/web-house.ts'

const FRESH = ['Cache-Control', 'max-age=600']

/** Answers are held back until the test lets them go. */
function holding(answer: (response: ServerResponse, number: number, mood: string) => void) {
  const held: Array<() => void> = []
  let open = false
  const watchers: Array<() => void> = []
  return {
    answer(
      response: ServerResponse, { fields }: { fields: readonly string[] }, number: number,
    ): void {
      const mood = valueOf(fields, 'x-mood') ?? ''
      if (open) return answer(response, number, mood)
      held.push(() => answer(response, number, mood))
      for (const look of watchers) look()
    },
    /** Resolves when so many are held. */
    async held(count: number): Promise<void> {
      while (held.length < count) {
        await new Promise<void>((resolve) => { watchers.push(resolve) })
      }
    },
    /** Lets go of what is held, and of all that comes; with a count, only of the first. */
    release(count?: number): void {
      open = count === undefined
      for (const go of held.splice(0, count ?? Infinity)) go()
    },
  }
}

/** So many ask at the same time; resolves when all are aboard, with what they will get. */
async function crowd(
  house: WebHouse, count: number, fields: readonly string[] = [],
): Promise<Array<Promise<Got>>> {
  const all = Array.from({ length: count }, () => house.ask('/a', { fields }))
  for (const one of all) one.catch(() => {})
  return all
}

t.test('a hundred who ask for the same get it for one question', async (t) => {
  const hold = holding((response, number) => {
    response.writeHead(200, FRESH)
    response.end(Buffer.from(`body ${number}`))
  })
  const house = await openWeb(t, hold.answer)
  const all = await crowd(house, 100)
  await hold.held(1)
  hold.release()
  const got = await Promise.all(all)
  t.equal(house.heard.length, 1)
  t.ok(got.every(({ body }) => body === 'body 1'))
})

t.test('a thousand who ask for what turns out private each get their own, and not in turn',
  async (t) => {
    const hold = holding((response, number) => {
      response.writeHead(200, ['Cache-Control', 'private'])
      response.end(Buffer.from(`body ${number}`))
    })
    const house = await openWeb(t, hold.answer, {
      origin: 'limits: { connections: 1000, queue: 1000 }',
    })
    const all = await crowd(house, 1000)
    await hold.held(1)
    hold.release(1)
    // Nobody is answered, so whoever has been released is there at the same time.
    await hold.held(999)
    hold.release()
    const got = await Promise.all(all)
    t.equal(house.heard.length, 1000)
    t.equal(new Set(got.map(({ body }) => body)).size, 1000, 'none gets another\'s')
    t.ok(got.every(({ status }) => status === 200))
    const more = await crowd(house, 50)
    await Promise.all(more)
    t.equal(house.heard.length, 1050, 'and they do not wait for each other again')
  })

t.test('once it may be shared again, it is', async (t) => {
  let control = 'private'
  const house = await openWeb(t, (response, _heard, number) => {
    response.writeHead(200, ['Cache-Control', control])
    response.end(Buffer.from(`body ${number}`))
  })
  await house.ask('/a')
  control = 'max-age=600'
  t.match(await house.ask('/a'), { outcome: 'miss' })
  t.match(await house.ask('/a'), { outcome: 'hit-memory', body: 'body 2' })
})

t.test('those who want different variants wait for their like alone', async (t) => {
  const hold = holding((response, _number, mood) => {
    response.writeHead(200, [...FRESH, 'Vary', 'X-Mood'])
    response.end(Buffer.from(mood))
  })
  const house = await openWeb(t, hold.answer)
  const moods = ['a', 'b', 'c']
  const all = (await Promise.all(moods.map((mood) => crowd(house, 10, ['X-Mood', mood])))).flat()
  await hold.held(1)
  hold.release(1)
  // The first has shown that they differ: the two others are asked for at the same time.
  await hold.held(2)
  hold.release()
  const got = await Promise.all(all)
  t.equal(house.heard.length, 3)
  t.same(got.map(({ body }) => body), moods.flatMap((mood) => Array<string>(10).fill(mood)))
})

t.test('a cookie is for the one who came first', async (t) => {
  const hold = holding((response) => {
    response.writeHead(200, [...FRESH, 'Set-Cookie', 'a=1'])
    response.end(Buffer.from('x'))
  })
  const house = await openWeb(t, hold.answer, {
    route: 'cache: { respect: origin, set_cookie: strip }',
  })
  const all = await crowd(house, 20)
  await hold.held(1)
  hold.release()
  const got = await Promise.all(all)
  t.equal(house.heard.length, 1)
  t.equal(got.filter(({ fields }) => valueOf(fields, 'set-cookie') !== null).length, 1)
})

t.test('who wants an answer of its own does not take another\'s', async (t) => {
  const hold = holding((response, number) => {
    response.writeHead(200, FRESH)
    response.end(Buffer.from(`body ${number}`))
  })
  const house = await openWeb(t, hold.answer)
  const plain = house.ask('/a')
  await hold.held(1)
  const strict = house.ask('/a', { fields: ['Cache-Control', 'no-cache'] })
  await hold.held(2)
  hold.release()
  t.match(await plain, { body: 'body 1' })
  t.match(await strict, { body: 'body 2' })
})

t.test('what is on its way when it is changed is not kept', async (t) => {
  const hold = holding((response, number) => {
    response.writeHead(200, FRESH)
    response.end(Buffer.from(`body ${number}`))
  })
  const house = await openWeb(t, (response, heard, number) => {
    if (heard.method === 'GET') return hold.answer(response, heard, number)
    response.writeHead(204)
    response.end()
  })
  const before = house.ask('/a')
  await hold.held(1)
  await house.ask('/a', { method: 'DELETE' })
  const after = house.ask('/a')
  await hold.held(2)
  hold.release()
  t.match(await before, { body: 'body 1' })
  t.match(await after, { body: 'body 3' }, 'who comes later does not board it')
  t.match(await house.ask('/a'), { outcome: 'hit-memory', body: 'body 3' })
})

t.test('a body that is being stored when it is changed ends for its readers, and is not kept',
  async (t) => {
    const started = Promise.withResolvers<ServerResponse>()
    const house = await openWeb(t, (response, { method }, number) => {
      response.writeHead(method === 'GET' ? 200 : 204, method === 'GET' ? FRESH : [])
      if (number > 1) return void response.end(method === 'GET' ? Buffer.from('new') : undefined)
      response.write(Buffer.alloc(1_000_000, 'o'))
      started.resolve(response)
    })
    const slow = house.ask('/a')
    const response = await started.promise
    // The head has to be there before the change, and the body not.
    await new Promise<void>((resolve) => { setImmediate(resolve) })
    await house.ask('/a', { method: 'PUT', body: 'x' })
    response.end(Buffer.alloc(1_000_000, 'o'))
    const got = await slow
    t.equal(got.body.length, 2_000_000)
    t.ok(got.complete)
    t.match(await house.ask('/a'), { outcome: 'miss', body: 'new' })
  })

t.test('an origin in trouble releases those who wait, and they are not queued behind each other',
  async (t) => {
    const hold = holding((response, number) => {
      response.writeHead(503, [])
      response.end(Buffer.from(`trouble ${number}`))
    })
    const house = await openWeb(t, hold.answer)
    const all = await crowd(house, 10)
    await hold.held(1)
    hold.release(1)
    await hold.held(9)
    hold.release()
    t.same((await Promise.all(all)).map(({ status }) => status), Array<number>(10).fill(503))
  })
