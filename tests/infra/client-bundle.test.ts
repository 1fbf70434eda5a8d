import { expect, test } from '@jest/globals';
import { bundleClient } from '../client/bundle.ts';

/**
 * To answer jobs is 160 bytes of it, to see children 390, and to act on one of them or have them made again 190. Which limit is used up, 90, and which pause
 * refuses a submission, 20. How far a search of the list is, 70. That a wait may find no place, 170; that a stage lets nobody wait, and that waits have no invocation left, 260.
 */
const maxBytes = 13_700;

test('in a bundle the client takes less than 13.7 KB, and imports nothing', async () => {
  const text = await bundleClient({ minify: true });
  expect(Buffer.byteLength(text)).toBeGreaterThan(5_000);
  expect(Buffer.byteLength(text)).toBeLessThan(maxBytes);
  expect(text).not.toMatch(/\bimport\b|\brequire\(|\bprocess\b|\bBuffer\b/);
});
