import { expect, test } from '@jest/globals';
import { isolateJobs, jobProcessBeside } from '../../../../server/isolation/isolate-jobs.ts';
import { withCancel } from '../../../../shared/job/handler.ts';
import { FixedClock } from '../../../../testkit/fakes/fixed.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';
import { aDelivery } from '../../../set-ups/samples.ts';

test.each([
  ['file:///app/server/main.ts', '/app/server/job-process.ts'],
  ['file:///app/main.mjs', '/app/job-process.mjs'],
])('the process of a job of %s runs %s', (url, path) => {
  expect(jobProcessBeside(url)).toBe(path);
});

test('a job is canceled by the server itself', () => {
  const cancel = async () => {};
  const handlers = { plain: () => 1, canceling: withCancel(() => 1, cancel) };
  const deps = {
    contracts: {},
    entry: '',
    environment: {},
    folder: '',
    clock: new FixedClock(),
    log: recordedLog(),
  };
  const isolated = isolateJobs({ ...deps, handlers })(aDelivery());
  expect(Object.keys(isolated)).toEqual(['plain', 'canceling']);
  expect(isolated.canceling?.cancel).toBe(cancel);
  expect(isolated.plain?.cancel).toBeUndefined();
});
