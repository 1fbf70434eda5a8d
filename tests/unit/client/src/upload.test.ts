import { describe, expect, test } from '@jest/globals';
import { NetworkError } from '../../../../client/src/errors.ts';
import type { UploadBody } from '../../../../client/src/upload.ts';
import { json, problem, scriptedApi } from './scripted-api.ts';

const url = 'https://bucket.example.com/uploads/1?X-Amz-Signature=abc';
const refused = new TypeError('fetch failed');
const text = 'city,orders\n';
const accepted = () =>
  json(201, { object: 'o.1', upload: { method: 'PUT', url, headers: { 'if-none-match': '*' } } });
const stored = () => new Response(null, { status: 200 });
const bytes = new TextEncoder().encode(text);

async function* chunks() {
  yield bytes.slice(0, 4);
  yield bytes.slice(4);
}

describe('an upload', () => {
  test.each<[string, UploadBody]>([
    ['a text', text],
    ['bytes', bytes],
    ['a part of a buffer', Buffer.from(`--${text}`).subarray(2)],
    ['an array buffer', bytes.buffer],
    ['a blob', new Blob([text])],
    ['a stream', new Blob([text]).stream()],
    ['a stream of Node.js', chunks()],
  ])('takes %s, and the bucket gets no credential', async (_case, body) => {
    const { client, sent, headersNamed } = scriptedApi([accepted(), stored()], { key: 'sjw_1' });
    expect(await client.upload(body, { contentType: 'text/csv' })).toBe('o.1');
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual({ bytes: 12, contentType: 'text/csv' });
    expect(sent[1]?.body).toBe(text);
    expect(sent[1]?.request).toMatchObject({ method: 'PUT', url });
    expect(headersNamed('authorization')).toEqual(['Bearer sjw_1', null]);
    expect(headersNamed('if-none-match')[1]).toBe('*');
  });

  test('is of the type that a blob has', async () => {
    const { client, sent } = scriptedApi([accepted(), stored()]);
    await client.upload(new Blob([text], { type: 'text/csv' }));
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual({ bytes: 12, contentType: 'text/csv' });
  });

  test('is sent again if the connection breaks, and is done if it has arrived before', async () => {
    const exists = new Response('<Error><Code>PreconditionFailed</Code></Error>', { status: 412 });
    const { client, sent } = scriptedApi([accepted(), refused, problem(503, 'SlowDown'), exists]);
    expect(await client.upload(text)).toBe('o.1');
    expect(sent.slice(1).map(({ body }) => body)).toEqual([text, text, text]);
  });

  test('of a stream is sent once: it is gone', async () => {
    const { client, sent } = scriptedApi([accepted(), refused, stored()]);
    await expect(client.upload(chunks(), { bytes: 12 })).rejects.toThrow(NetworkError);
    expect(sent).toHaveLength(2);
  });
});
