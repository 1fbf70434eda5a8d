import { expect, test } from '@jest/globals';
import { systemNetwork } from '../../../../functions/notify/network.ts';
import { isPublicAddress } from '../../../../functions/notify/public-address.ts';

test('a look-up finds all addresses of a name, in a form that can be checked', async () => {
  const found = await systemNetwork().lookup('localhost');
  expect(found.length).toBeGreaterThan(0);
  for (const address of found) expect(address).toMatch(/^(127\.\d+\.\d+\.\d+|::1)$/);
  expect(found.some(isPublicAddress)).toBe(false);
});
