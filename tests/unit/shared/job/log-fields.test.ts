import { expect, test } from '@jest/globals';
import { withFields } from '../../../../shared/job/log-fields.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';

test.each(['debug', 'info', 'warn', 'error'] as const)('every line has the common fields: %s', (level) => {
  const log = recordedLog();
  withFields(log, { jobId: 'a job' })[level]('text');
  withFields(log, { jobId: 'a job', attempt: 1 })[level]('text', { attempt: 2, percent: 5 });
  expect(log.lines).toEqual([
    { level, message: 'text', fields: { jobId: 'a job' } },
    // What a line says of itself comes first.
    { level, message: 'text', fields: { jobId: 'a job', attempt: 2, percent: 5 } },
  ]);
});
