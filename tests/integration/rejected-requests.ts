interface InvalidRequest {
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

/** What is invalid in a request, the request, and the status and the errors of the answer. */
export type RejectedRequest = readonly [
  what: string,
  request: InvalidRequest,
  status: number,
  errors: unknown,
];

const json = (value: unknown) => JSON.stringify(value);
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

export const rejectedRequests: readonly RejectedRequest[] = [
  ['a request without a body', {}, 400, [{ pointer: '' }]],
  ['malformed JSON', { body: '{"type": ' }, 400, [{ pointer: '' }]],
  ['JSON that is not an object', { body: '[]' }, 400, [{ pointer: '' }]],
  ['another content type', { body: '{}', headers: { 'content-type': 'text/plain' } }, 415, undefined],
  ['a body in an encoding', { body: '{}', headers: { 'content-encoding': 'br' } }, 415, undefined],
  ['a request without a content type', { body: '{}', headers: { 'content-type': '' } }, 415, undefined],
  ['a request without a type', { body: json({ payload: {} }) }, 400, [{ pointer: '/type' }]],
  ['an unknown type', { body: json({ type: 'toString', payload: {} }) }, 400, [{ pointer: '/type' }]],
  [
    'an unknown property',
    { body: json({ type: 'counting', payload: { seconds: 1 }, tpye: 1 }) },
    400,
    [{ pointer: '/tpye' }],
  ],
  [
    'a payload with several errors',
    {
      body: json({
        type: 'csv-sums',
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
  ['a request without a payload', { body: json({ type: 'counting' }) }, 400, [{ pointer: '/payload' }]],
  [
    'a payload with 100,000 nested arrays',
    { body: `{"type":"counting","payload":${nested(100_000)}}` },
    400,
    [{}],
  ],
  [
    'a body over 256 KB',
    { body: json({ type: 'counting', payload: 'x'.repeat(256 * 1024) }) },
    413,
    undefined,
  ],
  [
    'a malformed idempotency key',
    { body: json({ type: 'counting', payload: { seconds: 1 } }), headers: { 'idempotency-key': 'a b' } },
    400,
    [{ pointer: 'Idempotency-Key' }],
  ],
];
