import { expect, test } from '@jest/globals';
import { bundleClient } from '../client/bundle.ts';

/** To answer jobs is 160 bytes of it, and to see children 390. */
const maxBytes = 12_850;

test('in a bundle the client takes less than 12.85 KB, and imports nothing', async () => {
  const text = await bundleClient({ minify: true });
  expect(Buffer.byteLength(text)).toBeGreaterThan(5_000);
  expect(Buffer.byteLength(text)).toBeLessThan(maxBytes);
  expect(text).not.toMatch(/\bimport\b|\brequire\(|\bprocess\b|\bBuffer\b/);
});
