/** The examples of the S3 developer guide, "Authentication examples", with their signatures. */
import t from 'tap'
import { signatureV2, signV2, stringToSignV2 } from '../../../src/decide/sign/sigv2.ts'
import type { SignRequest } from '../../../src/decide/sign/request.ts'

const credential = {
  accessKey: 'AKIAIOSFODNN7EXAMPLE',
  secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  sessionToken: null,
}

type Example = readonly [name: string, request: Omit<SignRequest, 'host'>, signature: string]

const EXAMPLES: readonly Example[] = [
  ['object GET', {
    method: 'GET', path: '/johnsmith/photos/puppy.jpg', query: '',
    fields: [['Date', 'Tue, 27 Mar 2007 19:36:42 +0000']],
  }, 'bWq2s1WEIj+Ydj0vQ697zp+IXMU='],
  ['object PUT', {
    method: 'PUT', path: '/johnsmith/photos/puppy.jpg', query: '',
    fields: [
      ['Content-Type', 'image/jpeg'], ['Content-Length', '94328'],
      ['Date', 'Tue, 27 Mar 2007 21:15:45 +0000'],
    ],
  }, 'MyyxeRY7whkBe+bq8fHCL/2kKUg='],
  ['list', {
    method: 'GET', path: '/johnsmith/', query: 'prefix=photos&max-keys=50&marker=puppy',
    fields: [['User-Agent', 'Mozilla/5.0'], ['Date', 'Tue, 27 Mar 2007 19:42:41 +0000']],
  }, 'htDYFYduRNen8P9ZfE/s9SuKy0U='],
  ['fetch of the access control policy', {
    method: 'GET', path: '/johnsmith/', query: 'acl',
    fields: [['Date', 'Tue, 27 Mar 2007 19:44:46 +0000']],
  }, 'c2WLPFtWHVgbEmeEG93a4cG37dM='],
  ['upload', {
    method: 'PUT', path: '/static.johnsmith.net/db-backup.dat.gz', query: '',
    fields: [
      ['Date', 'Tue, 27 Mar 2007 21:06:08 +0000'], ['x-amz-acl', 'public-read'],
      ['content-type', 'application/x-download'], ['Content-MD5', '4gJE4saaMU4BqNR0kLY+lw=='],
      ['X-Amz-Meta-ReviewedBy', 'joe@johnsmith.net'],
      ['X-Amz-Meta-ReviewedBy', 'jane@johnsmith.net'],
      ['X-Amz-Meta-FileChecksum', '0x02661779'], ['X-Amz-Meta-ChecksumAlgorithm', 'crc32'],
    ],
  }, 'ilyl83RwaSoYIEdixDQcA4OnAnc='],
  ['list of all buckets', {
    method: 'GET', path: '/', query: '',
    fields: [['Date', 'Wed, 28 Mar 2007 01:29:59 +0000']],
  }, 'qGdzdERIC03wnaRNKh6OqZehG9s='],
  ['unicode key', {
    method: 'GET', path: '/dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re', query: '',
    fields: [['Date', 'Wed, 28 Mar 2007 01:49:49 +0000']],
  }, 'DNEZGsoieTZ92F3bUfSPQcbGmlM='],
]

for (const [name, request, signature] of EXAMPLES) {
  t.test(`the published ${name} gets its published signature`, (t) => {
    const text = stringToSignV2({ host: 's3.amazonaws.com', ...request })
    t.equal(signatureV2(credential.secretKey, text), signature)
    t.end()
  })
}

const NOW = Date.UTC(2012, 5, 27, 10, 11, 12)
const get: SignRequest = {
  method: 'GET', host: '10.1.0.2:8773', path: '/services/Walrus/b/a%2Bb%20c', query: '',
}

t.test('the path is signed as it is on the wire, service path included', (t) => {
  t.equal(stringToSignV2({ ...get, fields: [['Date', 'D']] }),
    'GET\n\n\nD\n/services/Walrus/b/a%2Bb%20c')
  t.end()
})

t.test('a request is given the Date that its signature covers', (t) => {
  const fields = signV2(get, credential, NOW)
  const date = 'Wed, 27 Jun 2012 10:11:12 GMT'
  const text = stringToSignV2({ ...get, fields: [['Date', date]] })
  t.same(fields, [
    ['Date', date],
    ['Authorization', `AWS AKIAIOSFODNN7EXAMPLE:${signatureV2(credential.secretKey, text)}`],
  ])
  t.end()
})

t.test('a session token is sent and signed', (t) => {
  const fields = signV2(get, { ...credential, sessionToken: 'tok/en+=' }, NOW)
  const text = 'GET\n\n\nWed, 27 Jun 2012 10:11:12 GMT\nx-amz-security-token:tok/en+=\n' +
    '/services/Walrus/b/a%2Bb%20c'
  t.same(fields.map(([name]) => name), ['Date', 'x-amz-security-token', 'Authorization'])
  t.equal(fields[2]?.[1], `AWS AKIAIOSFODNN7EXAMPLE:${signatureV2(credential.secretKey, text)}`)
  t.end()
})

const RESOURCES: ReadonlyArray<readonly [query: string, signed: string]> = [
  ['', ''],
  ['prefix=a&marker=b', ''],
  ['acl', '?acl'],
  ['acl=', '?acl'],
  ['versionId=7&prefix=a&acl', '?acl&versionId=7'],
  ['response-content-type=text%2Fplain', '?response-content-type=text/plain'],
]

for (const [query, signed] of RESOURCES) {
  t.test(`of the query ${JSON.stringify(query)} ${JSON.stringify(signed)} is signed`, (t) => {
    t.equal(stringToSignV2({ ...get, query }).split('\n').at(-1), get.path + signed)
    t.end()
  })
}

t.test('x-amz-date takes the place of Date', (t) => {
  const text = stringToSignV2({ ...get, fields: [['Date', 'D'], ['X-Amz-Date', 'E']] })
  t.equal(text, 'GET\n\n\n\nx-amz-date:E\n/services/Walrus/b/a%2Bb%20c')
  t.end()
})
