/**
 * haulout in front of a real S3 store: a Ceph gateway that s3cmd has filled, curl as the clients.
 * One scene for all stories, in order, because a store takes a while to start.
 */
import t from 'tap'
import { absent, conditions, crowd, ranges, revalidation, storeGone } from './answers.ts'
import { names, nothingOfTheClient, signatures, tarballs } from './objects.ts'
import { restart } from './restart.ts'
import { openScene } from './scene.ts'

const scene = await openScene()
t.teardown(() => scene.end())

t.test('tarballs of 0 B, 1 B, 1 MiB and 200 MiB are byte-identical, and fetched once', (t) =>
  tarballs(t, scene))
t.test('keys with spaces, plus, brackets, unicode, percent and hash are found', (t) =>
  names(t, scene))
t.test('private objects are fetched with SigV2 and with SigV4', (t) => signatures(t, scene))
t.test('nothing that a client says reaches the store', (t) => nothingOfTheClient(t, scene))
t.test('an absent key is 404 when signed for, 403 when not', (t) => absent(t, scene))
t.test('ranges of an object that is not stored yet are the right bytes', (t) => ranges(t, scene))
t.test('an expired object is revalidated with a 304', (t) => revalidation(t, scene))
t.test('conditional requests are answered without the store', (t) => conditions(t, scene))
t.test('twelve clients share one fetch', (t) => crowd(t, scene))
t.test('haulout counts as many origin requests as the store has seen', async (t) => {
  t.equal(await scene.server.metric('haulout_origin_requests_total'), scene.storeRequests())
})
t.test('a restarted haulout answers from disk without asking the store', (t) => restart(t, scene))
t.test('a store that is gone is no reason to refuse what is stored', (t) => storeGone(t, scene))
