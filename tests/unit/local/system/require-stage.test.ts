import { describe, expect, test } from '@jest/globals';
import { readyMessage } from '../../../../local/system/ready-message.ts';
import { readLongConcurrency } from '../../../../local/system/require-stage.ts';

describe('how many long jobs run at a time', () => {
  test.each([
    [{}, 4],
    [{ LONG_CONCURRENCY: '' }, 4],
    [{ LONG_CONCURRENCY: '1' }, 1],
    [{ LONG_CONCURRENCY: '64' }, 64],
  ])('is what the environment says: %p', (environment, expected) => {
    expect(readLongConcurrency(environment)).toBe(expected);
  });

  test.each(['0', '-1', '1.5', 'many', '1000'])('cannot be %s', (LONG_CONCURRENCY) => {
    expect(() => readLongConcurrency({ LONG_CONCURRENCY })).toThrow(
      `LONG_CONCURRENCY is "${LONG_CONCURRENCY}". Use a whole number from 1 to 100.`,
    );
  });

  test('is said at the start, and which secrets have no value', () => {
    const example = { type: 'countdown', payload: {} };
    const ready = {
      host: '127.0.0.1',
      dataDir: undefined,
      apiKey: undefined,
      example,
      longConcurrency: 7,
      missingSecrets: ['SHOP_KEY', 'DB'],
    };
    const text = readyMessage('http://127.0.0.1:3000', ready);
    expect(text).toMatch(/7 jobs of the queue "long" run at a time.*LONG_CONCURRENCY=/s);
    expect(text).toContain('Secrets without a value: SHOP_KEY, DB.');
    expect(readyMessage('http://127.0.0.1:3000', { ...ready, missingSecrets: [] })).not.toContain('Secrets');
  });
});
