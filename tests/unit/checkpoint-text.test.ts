import { describe, expect, test } from '@jest/globals';
import { readCheckpoint, writeCheckpoint } from '../../functions/worker/checkpoint-text.ts';
import { CheckpointError, PermanentError } from '../../shared/errors.ts';

const csvState = (header: string[]) => ({ position: 0, header, rows: 0, groups: [] });

describe('a state that a job saves', () => {
  test('is read as it was written', () => {
    expect(readCheckpoint('countdown', writeCheckpoint('countdown', { passed: 7 }))).toEqual({ passed: 7 });
  });

  test('is none if none was saved', () => {
    expect(readCheckpoint('countdown', undefined)).toBeUndefined();
  });

  test.each([{ passed: -1 }, { passed: 1.5 }, {}, { passed: 1, more: 1 }, null, 'x', { passed: Number.NaN }])(
    'has to fit the contract: %j does not',
    (state) => {
      expect(() => writeCheckpoint('countdown', state)).toThrow(CheckpointError);
    },
  );

  test.each(['{"passed":-1}', 'null', '{"seconds":1}'])(
    'has to fit the contract still: %s does not',
    (text) => {
      expect(() => readCheckpoint('countdown', text)).toThrow('no longer fits the contract');
    },
  );

  test('may have 64 KB, counted in bytes, and no more', () => {
    const frame = Buffer.byteLength(writeCheckpoint('csv-aggregate', csvState([''])));
    const most = 64 * 1024 - frame;
    const of = (bytes: number) => csvState(['é'.repeat(bytes / 2) + 'e'.repeat(bytes % 2)]);
    expect(Buffer.byteLength(writeCheckpoint('csv-aggregate', of(most)))).toBe(64 * 1024);
    expect(() => writeCheckpoint('csv-aggregate', of(most + 1))).toThrow(CheckpointError);
  });

  test('is not mended by another attempt', () => {
    expect(new CheckpointError('no')).toBeInstanceOf(PermanentError);
  });

  test.each(['of-tomorrow', 'toString'])('cannot be saved by a type without: %s', (type) => {
    expect(() => writeCheckpoint(type, {})).toThrow(CheckpointError);
    expect(() => readCheckpoint(type, '{}')).toThrow(CheckpointError);
  });
});
