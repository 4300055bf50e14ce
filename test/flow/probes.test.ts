/** Probes in a whole house: what the operator sees of them, and that a reload ends them. */
import t from 'tap'
import type { OriginSettings } from '../../src/model/settings.ts'
import { ask } from '../support/client.ts'
import { gauge } from '../support/gauges.ts'
import { openHouse } from '../support/house.ts'
import { say, startRawOrigin } from '../support/raw-origin.ts'

const PROBE: OriginSettings['probe'] = { everyMs: 5, path: '/x', downAfter: 2, upAfter: 2 }

t.test('an endpoint that is down is in /status and a metric, until it is up', async (t) => {
  let well = true
  const sick = await startRawOrigin((socket) => say(socket, well ? 200 : 500, 'x'))
  const house = await openHouse()
  t.teardown(async () => {
    await house.close()
    await sick.close()
  })
  const first = house.pocket.endpoint
  const up = (label: string) => gauge(house, 'haulout_origin_endpoint_up', label)
  const status = async () => {
    const { body } = await ask(house.worker.adminAddress!, { path: '/status' })
    return JSON.parse(body.toString()) as { endpoints: Array<{ endpoint: string; up: boolean }> }
  }
  t.same((await status()).endpoints, [], 'nobody probes')
  await house.reload({ origin: { endpoints: [first, sick.url], probe: PROBE } })
  await sick.asked(2)
  t.equal(await up(`endpoint="${sick.url}"`), 1)
  well = false
  while (await up(`endpoint="${sick.url}"`) === 1);
  t.match((await status()).endpoints, [
    { origin: 'walrus', endpoint: first, up: true, why: null },
    { origin: 'walrus', endpoint: sick.url, up: false, why: /^status 500/ },
  ])
  well = true
  while (await up(`endpoint="${sick.url}"`) === 0);
  await house.reload({ origin: { endpoints: [first] } })
  await sick.quiet()
  const before = sick.requests.length
  t.same((await status()).endpoints, [])
  for (let i = 0; i < 20; i++) await house.get('/get/none')
  t.equal(sick.requests.length, before, 'the generation before no longer asks')
})
