import { expect, test } from '@jest/globals';
import { InvalidRequestError, StoreUnavailableError } from '../../../../shared/job/errors.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aKeyedSubmission, aSubmission, aSubmitter } from '../../../set-ups/submitter.ts';

const runAt = t0 + 1_000;

/** Submits while the table cannot be reached, so that there is a message and no item. Submits again after a time. */
async function submittedAgain(submission: typeof aSubmission, afterMs: number) {
  let isDown = true;
  const { submit, clock, sent } = aSubmitter((call) => {
    if (call.startsWith('write') && isDown) throw new StoreUnavailableError('no');
  });
  await expect(submit({ ...submission, runAt })).rejects.toThrow(StoreUnavailableError);
  expect(sent()).toHaveLength(1);
  isDown = false;
  await clock.advance(afterMs);
  return submit({ ...submission, runAt });
}

test('submitJob accepts a repeated submission with a key up to 5 minutes after its start time', async () => {
  const { job } = await submittedAgain(aKeyedSubmission, 1_000 + 5 * 60_000);
  expect(job).toMatchObject({ status: 'queued', runAt });
});

test.each([
  ['with a key more than 5 minutes after its start time', aKeyedSubmission, 1_001 + 5 * 60_000],
  ['without a key after its start time', aSubmission, 1_001],
])('submitJob rejects a repeated submission %s', async (_what, submission, afterMs) => {
  await expect(submittedAgain(submission, afterMs)).rejects.toThrow(InvalidRequestError);
});
