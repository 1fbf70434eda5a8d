import { describe, expect, test } from '@jest/globals';
import { lineFor } from '../../../../local/output/function-output.ts';

describe('a line that a function prints', () => {
  const timestamp = '2026-03-01T10:00:00.000Z';
  const time = new Date(timestamp).toTimeString().slice(0, 8);
  const later = new Date(Date.parse(timestamp) + 60_000).toTimeString().slice(0, 8);
  const page = 'http://127.0.0.1:3000';
  const job = { tenant: 'public', jobId: '8f3a1c2e-0000-4000-8000-000000000000', type: 'greet', attempt: 1 };
  const file = `${process.cwd()}/job-types/greet/handler.ts`;
  const stack = [
    'Error: no words',
    `    at greet (file://${file}:7:9)`,
    `    at b (${process.cwd()}/shared/worker/hold/run-handler.ts:1:1)`,
    '    at node:internal/process:1:1',
  ].join('\n');
  const error = { name: 'Error', message: 'no words', stack };
  const ended = { ...job, message: 'attempt ended' };

  test.each([
    [
      'the start, with the page of the job',
      { ...job, message: 'attempt started' },
      `greet 8f3a1c2e started   ${page}/ui/jobs/${job.jobId}`,
    ],
    [
      'a later start',
      { ...job, attempt: 2, message: 'attempt started' },
      'greet 8f3a1c2e started, attempt 2',
    ],
    [
      'a hand-over',
      { ...ended, outcome: 'handedOver', notBefore: Date.parse(timestamp) - 1 },
      'greet 8f3a1c2e goes on in another invocation',
    ],
    ['a success', { ...ended, outcome: 'succeeded' }, 'greet 8f3a1c2e succeeded'],
    [
      'another attempt',
      { ...ended, outcome: 'retrying', notBefore: Date.parse(timestamp) + 60_000 },
      `greet 8f3a1c2e will be tried again at ${later}`,
    ],
    [
      'a sleep',
      { ...ended, outcome: 'asleep', notBefore: Date.parse(timestamp) + 60_000 },
      `greet 8f3a1c2e sleeps until ${later}`,
    ],
    [
      'the last failure',
      { ...ended, outcome: 'failed' },
      `greet 8f3a1c2e has failed for good   ${page}/ui/jobs/${job.jobId}`,
    ],
    [
      'a failure',
      { ...job, level: 'WARN', message: 'attempt failed', error },
      'greet 8f3a1c2e failed: Error: no words\n    at greet (job-types/greet/handler.ts:7:9)',
    ],
    [
      'what a handler logs',
      { ...job, message: 'counted', words: 3, traceparent: '00' },
      'greet 8f3a1c2e counted {"words":3}',
    ],
    ['a warning', { level: 'WARN', message: 'heartbeat failed', jobId: 'x' }, 'worker: heartbeat failed'],
    [
      'an error of a job that no attempt was made of, with its page',
      { level: 'ERROR', message: 'job failed unclaimed', jobId: job.jobId, type: 'greet', error },
      `greet 8f3a1c2e job failed unclaimed: Error: no words\n    at greet (job-types/greet/handler.ts:7:9)\n    ${page}/ui/jobs/${job.jobId}`,
    ],
    ['what only runs', { message: 'message deleted', messageId: 'x' }, undefined],
  ])('shows %s', (_, fields, expected) => {
    const line = JSON.stringify({ level: 'INFO', timestamp, service: 'worker', sampling_rate: 0, ...fields });
    expect(lineFor(line, page)).toBe(expected && `${time} ${expected}`);
  });

  // The words of a payload or of an error: they could move the cursor, clear the screen, or set the title of the window.
  test.each([
    ['a printed line', '\u001b]0;title\u0007\u001b[2Jgone\u009b1Aup', undefined],
    ['a colour', '\u001b[31mred\u001b[0m', undefined],
    ['the direction of writing', 'a\u202ecba', undefined],
    [
      'an error of a handler',
      'x',
      { error: { name: 'Error', message: 'no\u001b[2J\u009b2Jwords', stack: 'Error' } },
    ],
    ['a field of a handler', 'x', { message: 'counted', word: '\u009b2J\u0085next' }],
    ['the type', 'x', { type: 'greet\u001b[2J' }],
  ])('has no control characters for the terminal: %s', (_what, printed, fields) => {
    const line = fields
      ? JSON.stringify({
          ...{ level: 'WARN', timestamp, service: 'worker' },
          ...job,
          message: 'attempt failed',
          ...fields,
        })
      : printed;
    expect(lineFor(line, page)).not.toMatch(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/u);
  });

  test.each(['found it', '{"half', '{"level":"INFO"}'])('shows %s as it is', (line) =>
    expect(lineFor(line, page)).toBe(line),
  );
});
