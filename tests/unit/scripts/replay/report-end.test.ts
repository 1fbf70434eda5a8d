import { expect, test } from '@jest/globals';
import { describeThrown } from '../../../../scripts/replay/describe-error.ts';
import { reportEnd } from '../../../../scripts/replay/report-end.ts';
import { root } from '../../../project-copy.ts';
import { anOrder } from '../../../set-ups/replaying.ts';

const ended = { milliseconds: 12, refused: [], root };
const succeeded = { kind: 'succeeded', slices: 1, result: '{"a":1}' } as const;

const errorWith = (stack: string, cause?: Error): Error =>
  Object.assign(new Error('no', { cause }), { stack: `Error: no\n${stack}` });

test('prints the result alone on the standard output', () => {
  const { code, answer, lines } = reportEnd({ ...ended, end: succeeded }, anOrder(), 10);
  expect({ code, answer, lines }).toEqual({
    code: 0,
    answer: '{"a":1}',
    lines: ['It has succeeded, after 12 ms. Nothing of it was stored.'],
  });
});

test('prints one document for programs', () => {
  const order = anOrder({ isJson: true });
  const { answer } = reportEnd({ ...ended, end: succeeded, refused: ['a'] }, order, 10);
  expect(JSON.parse(answer ?? '')).toEqual({
    ending: 'succeeded',
    slices: 1,
    milliseconds: 12,
    refused: ['a'],
    result: { a: 1 },
  });
  const end = { kind: 'failed', slices: 2, error: new TypeError('no'), isRetried: true } as const;
  const failed = reportEnd({ ...ended, end }, order, 10);
  expect({ ...failed, answer: JSON.parse(failed.answer ?? '') }).toMatchObject({
    code: 7,
    answer: { ending: 'failed', error: { name: 'TypeError', message: 'no' }, retried: true },
  });
});

test.each([
  [1, true, 'There would be another attempt: this was number 1 of 3.'],
  [3, false, 'The job would fail: it was the last attempt of 3.'],
  [1, false, 'The job would fail: the error is permanent, so no attempt is made again.'],
])('says what follows from an error in attempt %s', (attempt, isRetried, consequence) => {
  const end = { kind: 'failed', slices: 1, error: errorWith(''), isRetried } as const;
  const { lines } = reportEnd({ ...ended, end }, anOrder({ job: { attempt } }), 10);
  expect(lines).toEqual(['Error: no', `It has failed, after 12 ms. ${consequence}`]);
});

test('says why it does not go on, what was refused, and what took too long', () => {
  const refused = ['the program ffmpeg was not started', 'the connection to a.example:443 was not made'];
  const end = { kind: 'stopped', slices: 2, isFenced: true, state: undefined } as const;
  const { code, lines } = reportEnd({ end, milliseconds: 12_345, refused, root }, anOrder(), 10);
  expect({ code, lines }).toEqual({
    code: 9,
    lines: [
      'It would go on later, after 12.3 s, in 2 slices, but it waits for what was refused.',
      'It took 12.3 s; its contract allows 10 s.',
      'The fence has refused:',
      '  the program ffmpeg was not started',
      '  the connection to a.example:443 was not made',
      '--allow a.example:443 lets it through. Then what is written there is written.',
    ],
  });
});

test('an error is shown with its causes, and with the frames of what the developer wrote', () => {
  const frames = [
    `    at parse (file://${root}/job-types/a/handler.ts:3:7)`,
    `    at async file://${root}/job-types/a/handler.ts:9:1`,
    `    at pausing (file://${root}/scripts/replay/pause-before.ts:11:10)`,
    `    at runHandler (file://${root}/shared/worker/run-handler.ts:55:1)`,
    '    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)',
  ];
  const cause = errorWith(`    at read (file://${root}/job-types/a/b.ts:1:2)`);
  expect(describeThrown(errorWith(frames.join('\n'), cause), root).split('\n')).toEqual([
    'Error: no',
    '    at parse (job-types/a/handler.ts:3:7)',
    '    at async job-types/a/handler.ts:9:1',
    'caused by Error: no',
    '    at read (job-types/a/b.ts:1:2)',
  ]);
});
