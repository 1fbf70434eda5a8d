import { describe, expect, test } from '@jest/globals';
import { countdown } from '../../../../job-types/countdown/contract.ts';
import { csvAggregate } from '../../../../job-types/csv-aggregate/contract.ts';
import { CheckpointError, PermanentError } from '../../../../shared/job/errors.ts';
import { readCheckpoint, writeCheckpoint } from '../../../../shared/worker/job-context.ts';

const csvState = (header: string[]) => ({ position: 0, header, rows: 0, groups: [] });

describe('a state that a job saves', () => {
  test('is read as it was written', () => {
    expect(readCheckpoint(countdown, writeCheckpoint(countdown, { passed: 7 }))).toEqual({ passed: 7 });
  });

  test('is none if none was saved', () => {
    expect(readCheckpoint(countdown, undefined)).toBeUndefined();
  });

  test.each([{ passed: -1 }, { passed: 1.5 }, {}, { passed: 1, more: 1 }, null, 'x', { passed: Number.NaN }])(
    'has to fit the contract: %j does not',
    (state) => {
      expect(() => writeCheckpoint(countdown, state)).toThrow(CheckpointError);
    },
  );

  test.each(['{"passed":-1}', 'null', '{"seconds":1}'])(
    'has to fit the contract still: %s does not',
    (text) => {
      expect(() => readCheckpoint(countdown, text)).toThrow('no longer fits the contract');
    },
  );

  test('may have 64 KB, counted in bytes, and no more', () => {
    const frame = Buffer.byteLength(writeCheckpoint(csvAggregate, csvState([''])));
    const max = 64 * 1024 - frame;
    const of = (bytes: number) => csvState(['é'.repeat(bytes / 2) + 'e'.repeat(bytes % 2)]);
    expect(Buffer.byteLength(writeCheckpoint(csvAggregate, of(max)))).toBe(64 * 1024);
    expect(() => writeCheckpoint(csvAggregate, of(max + 1))).toThrow(CheckpointError);
  });

  test('is not mended by another attempt', () => {
    expect(new CheckpointError('no')).toBeInstanceOf(PermanentError);
  });

  test.each([
    ['without a checkpoint in its contract', { ...countdown, checkpoint: undefined as never }],
    ['that this worker does not know', undefined],
  ])('cannot be saved by a type %s', (_what, contract) => {
    expect(() => writeCheckpoint(contract, {})).toThrow(CheckpointError);
    expect(() => readCheckpoint(contract, '{}')).toThrow(CheckpointError);
  });
});
