interface Refused {
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

/** What is wrong with a request, the request, and the answer: its status, and the errors that it names. */
export type RefusedRequest = readonly [what: string, request: Refused, status: number, errors: unknown];

const json = (value: unknown) => JSON.stringify(value);
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

export const refusedRequests: readonly RefusedRequest[] = [
  ['no body', {}, 400, [{ pointer: '' }]],
  ['malformed JSON', { body: '{"type": ' }, 400, [{ pointer: '' }]],
  ['JSON of another kind', { body: '[]' }, 400, [{ pointer: '' }]],
  ['another content type', { body: '{}', headers: { 'content-type': 'text/plain' } }, 415, undefined],
  ['no content type', { body: '{}', headers: { 'content-type': '' } }, 415, undefined],
  ['no type', { body: json({ payload: {} }) }, 400, [{ pointer: '/type' }]],
  ['an unknown type', { body: json({ type: 'toString', payload: {} }) }, 400, [{ pointer: '/type' }]],
  [
    'an unknown key',
    { body: json({ type: 'countdown', payload: { seconds: 1 }, tpye: 1 }) },
    400,
    [{ pointer: '/tpye' }],
  ],
  [
    'a payload that breaks several rules',
    {
      body: json({
        type: 'csv-aggregate',
        payload: { csv: 1, metrics: [{ column: '', op: 'median' }], more: 1 },
      }),
    },
    400,
    [
      { pointer: '/payload/csv' },
      { pointer: '/payload/groupBy' },
      { pointer: '/payload/metrics/0/column' },
      { pointer: '/payload/metrics/0/op' },
      { pointer: '/payload/more' },
    ],
  ],
  ['no payload', { body: json({ type: 'countdown' }) }, 400, [{ pointer: '/payload' }]],
  ['a payload nested without end', { body: `{"type":"countdown","payload":${nested(100_000)}}` }, 400, [{}]],
  [
    'a body over 256 KB',
    { body: json({ type: 'countdown', payload: 'x'.repeat(256 * 1024) }) },
    413,
    undefined,
  ],
  [
    'a key that is none',
    { body: json({ type: 'countdown', payload: { seconds: 1 } }), headers: { 'idempotency-key': 'a b' } },
    400,
    [{ pointer: 'Idempotency-Key' }],
  ],
];
