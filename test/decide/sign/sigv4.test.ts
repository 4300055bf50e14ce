/** The examples of the S3 API reference for the Authorization header, with their signatures. */
import t from 'tap'
import {
  canonicalRequest, createV4Signer, signingKey, signV4, UNSIGNED_PAYLOAD,
} from '../../../src/decide/sign/sigv4.ts'
import type { SignRequest } from '../../../src/decide/sign/request.ts'

const credential = {
  accessKey: 'AKIAIOSFODNN7EXAMPLE',
  secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  sessionToken: null,
}
const NOW = Date.UTC(2013, 4, 24)
const region = 'us-east-1'
const host = 'examplebucket.s3.amazonaws.com'

type Example = readonly [
  name: string, request: Omit<SignRequest, 'host'>, payload: string | null, signature: string,
]

const EXAMPLES: readonly Example[] = [
  ['GET of an object',
    { method: 'GET', path: '/test.txt', query: '', fields: [['Range', 'bytes=0-9']] }, null,
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41'],
  ['PUT of an object', {
    method: 'PUT', path: '/test%24file.text', query: '',
    fields: [
      ['Date', 'Fri, 24 May 2013 00:00:00 GMT'], ['x-amz-storage-class', 'REDUCED_REDUNDANCY'],
    ],
  }, '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
  '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd'],
  ['GET of the lifecycle', { method: 'GET', path: '/', query: 'lifecycle' }, null,
    'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'],
  ['list', { method: 'GET', path: '/', query: 'prefix=J&max-keys=2' }, null,
    '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'],
]

for (const [name, request, payload, signature] of EXAMPLES) {
  t.test(`the published ${name} gets its published signature`, (t) => {
    const options = { now: NOW, region, ...(payload === null ? {} : { payload }) }
    const fields = signV4({ host, ...request }, credential, options)
    t.equal(/Signature=(.*)$/.exec(fields.at(-1)?.[1] ?? '')?.[1], signature)
    t.end()
  })
}

t.test('the head says the scope, the signed fields, the date and the payload', (t) => {
  const fields = signV4({ method: 'GET', host, path: '/test.txt', query: '' },
    { ...credential, sessionToken: 'tok' }, { now: NOW, region, payload: UNSIGNED_PAYLOAD })
  const value = fields.pop()?.[1] ?? ''
  t.same(fields, [
    ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD'],
    ['x-amz-date', '20130524T000000Z'],
    ['x-amz-security-token', 'tok'],
  ])
  t.ok(value.startsWith(
    'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,' +
    'SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,Signature='))
  t.end()
})

t.test('the path stands in the canonical request as on the wire', (t) => {
  const path = '/services/Walrus/b/a%2Bb%20c%25'
  const { text } = canonicalRequest({ method: 'GET', host, path, query: 'b=2&a=%7e+&a=' }, 'P')
  t.same(text.split('\n').slice(0, 3), ['GET', path, 'a=&a=~%2B&b=2'])
  t.end()
})

t.test('a signer that remembers the key signs as one that does not, on either side of midnight',
  (t) => {
    const sign = createV4Signer(credential, region)
    const request = { method: 'GET', host, path: '/x', query: '' }
    for (const now of [NOW - 1, NOW, NOW + 1000, NOW - 1, NOW + 86_400_000]) {
      t.same(sign(request, now), signV4(request, credential, { now, region }))
    }
    t.end()
  })

t.test('the derived key is the one the documentation derives', (t) => {
  const scope = '20120215/us-east-1/iam/aws4_request'
  const key = signingKey('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', scope)
  t.equal(key.toString('hex'), 'f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d')
  t.end()
})
