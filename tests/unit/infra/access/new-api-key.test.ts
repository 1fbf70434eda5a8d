import { expect, test } from '@jest/globals';
import { newApiKey } from '../../../../infra/access/new-api-key.ts';
import { keyIdLength, keySecretLength, readApiKey, writeApiKey } from '../../../../shared/job/api-key.ts';

test('a new key can be written and read', () => {
  for (let count = 0; count < 100; count += 1) {
    const key = newApiKey();
    expect([key.id.length, key.secret.length]).toEqual([keyIdLength, keySecretLength]);
    expect(readApiKey(writeApiKey(key))).toEqual(key);
  }
});

// The remainder of a byte by 62 would give each of the first 8 characters 5/256, and the others 4/256.
test('every character is as frequent as every other', () => {
  const text = Array.from({ length: 3000 }, () => newApiKey().secret).join('');
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  expect(counts.size).toBe(62);
  const expected = text.length / 62;
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  expect(chiSquare).toBeLessThan(140); // one in ten million with 61 degrees of freedom; a biased source has over 700
});
