import { expect, test } from '@jest/globals';
import { readBody } from '../../../../../client/jobctl/src/read-body.ts';

/** Of a body that begins, and never goes on: no signal reaches it. */
const stalled = () =>
  new Response(new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array([1, 2])) }));

test('a body is read as it comes', async () => {
  const parts: Uint8Array[] = [];
  for await (const part of readBody(new Response('a text'), new AbortController().signal)) parts.push(part);
  expect(Buffer.concat(parts).toString()).toBe('a text');
});

test('a body that does not go on ends with the reason of the signal', async () => {
  const abort = new AbortController();
  const parts = readBody(stalled(), abort.signal);
  expect((await parts.next()).value).toEqual(new Uint8Array([1, 2]));
  const next = parts.next();
  abort.abort(new Error('Ctrl-C'));
  await expect(next).rejects.toThrow('Ctrl-C');
});

test('a body that is cut ends with what to do', async () => {
  const cut = new ReadableStream({ start: (controller) => controller.error(new Error('reset')) });
  await expect(readBody(new Response(cut), new AbortController().signal).next()).rejects.toThrow(
    'The result did not arrive whole. Repeat the command.',
  );
});
