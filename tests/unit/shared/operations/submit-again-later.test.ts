import { expect, test } from '@jest/globals';
import { InvalidRequestError, StoreUnavailableError } from '../../../../shared/job/errors.ts';
import { t0 } from '../../../fakes/samples.ts';
import { aKeyedSubmission, aSubmission, aSubmitter } from '../../../fakes/submitter.ts';

const runAt = t0 + 1_000;

/** Submits once while the table is out of reach, so that there is a message and no item; then again. */
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

test('a submission that got no answer can be repeated with its key when its time has come', async () => {
  const { job } = await submittedAgain(aKeyedSubmission, 1_000 + 5 * 60_000);
  expect(job).toMatchObject({ status: 'queued', runAt });
});

test.each([
  ['later than that', aKeyedSubmission, 1_001 + 5 * 60_000],
  ['without a key', aSubmission, 1_001],
])('but not %s', async (_what, submission, afterMs) => {
  await expect(submittedAgain(submission, afterMs)).rejects.toThrow(InvalidRequestError);
});
