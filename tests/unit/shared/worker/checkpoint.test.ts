import { describe, expect, test } from '@jest/globals';
import { countdown } from '../../../../job-types/countdown/contract.ts';
import { emptyAggregate } from '../../../../job-types/csv-aggregate/aggregate.ts';
import { csvAggregate } from '../../../../job-types/csv-aggregate/contract.ts';
import { CheckpointError, PermanentError } from '../../../../shared/job/errors.ts';
import { readCheckpoint, writeCheckpoint } from '../../../../shared/worker/checkpoint-text.ts';

const csvState = (header: string[]) => ({ ...emptyAggregate(), header });

describe('a checkpoint', () => {
  test('is read as it was written', () => {
    expect(readCheckpoint(countdown, writeCheckpoint(countdown, { passed: 7 }))).toEqual({ passed: 7 });
  });

  test('is undefined if none was saved', () => {
    expect(readCheckpoint(countdown, undefined)).toBeUndefined();
  });

  test.each([{ passed: -1 }, { passed: 1.5 }, {}, { passed: 1, more: 1 }, null, 'x', { passed: Number.NaN }])(
    'is rejected when it is written if it does not fit the contract: %j',
    (state) => {
      expect(() => writeCheckpoint(countdown, state)).toThrow(CheckpointError);
    },
  );

  test.each(['{"passed":-1}', 'null', '{"seconds":1}'])(
    'is rejected when it is read if it no longer fits the contract: %s',
    (text) => {
      expect(() => readCheckpoint(countdown, text)).toThrow('no longer fits the contract');
    },
  );

  test('may have 8 MB, counted in bytes, but no more', () => {
    const frame = Buffer.byteLength(writeCheckpoint(csvAggregate, csvState([''])));
    const max = 8 * 1024 * 1024 - frame;
    const stateOf = (bytes: number) => csvState(['é'.repeat(bytes / 2) + 'e'.repeat(bytes % 2)]);
    expect(Buffer.byteLength(writeCheckpoint(csvAggregate, stateOf(max)))).toBe(8 * 1024 * 1024);
    expect(() => writeCheckpoint(csvAggregate, stateOf(max + 1))).toThrow(CheckpointError);
  });

  test('that is rejected leads to a PermanentError, so that there is no other attempt', () => {
    expect(new CheckpointError('no')).toBeInstanceOf(PermanentError);
  });

  test.each([
    ['whose contract has no checkpoint', { ...countdown, checkpoint: undefined as never }],
    ['that this worker does not know', undefined],
  ])('can be neither written nor read for a type %s', (_what, contract) => {
    expect(() => writeCheckpoint(contract, {})).toThrow(CheckpointError);
    expect(() => readCheckpoint(contract, '{}')).toThrow(CheckpointError);
  });
});
