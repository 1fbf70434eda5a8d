import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { guardConsole } from '../../../server/guard-console.ts';
import { recordedLog } from '../../../testkit/fakes/recorded-log.ts';

/** A console whose lines are kept, as a handler has it on a server. */
function aConsole() {
  const written: string[] = [];
  const stream = new Writable({
    write(text, _encoding, done) {
      written.push(String(text));
      done();
    },
  });
  const output = { stdout: stream, stderr: stream };
  const printing = new Console(output);
  const log = recordedLog();
  guardConsole({ log, console: printing, output });
  return { printing, written, log };
}

const metrics = { _aws: { Timestamp: 1, CloudWatchMetrics: [] }, JobsFailed: 777_777 };

describe('what is printed on a worker server', () => {
  test.each(['log', 'info', 'warn', 'error', 'debug'] as const)('makes no metrics: %s', (method) => {
    const { printing, written, log } = aConsole();
    printing[method](JSON.stringify(metrics));
    printing[method](JSON.stringify(metrics));
    expect(written).toEqual(['{"JobsFailed":777777}\n', '{"JobsFailed":777777}\n']);
    expect(log.lines).toEqual([expect.objectContaining({ level: 'warn' })]);
  });

  test.each([
    ['behind white space', ` \t${JSON.stringify(metrics)}`, '{"JobsFailed":777777}'],
    ['with an escaped name', '{"\\u005faws":{},"a":1}', '{"a":1}'],
    ['in the second line', `a text\n${JSON.stringify(metrics)}`, 'a text\n{"JobsFailed":777777}'],
    ['of another job', '{"jobId":"of B","tenant":"B","message":"x"}', '{"message":"x"}'],
  ])('is no line of ours: %s', (_what, printed, expected) => {
    const { printing, written } = aConsole();
    printing.log(printed);
    expect(written).toEqual([`${expected}\n`]);
  });

  test.each([
    ['a text', 'done: { "_aws": 1 }'],
    ['JSON of its own', '{"a":  1}'],
    ['what only looks like JSON', '{ jobId }'],
    ['a list', '[{"_aws":1}]'],
  ])('stays as it is: %s', (_what, printed) => {
    const { printing, written, log } = aConsole();
    printing.log(printed);
    expect(written).toEqual([`${printed}\n`]);
    expect(log.lines).toEqual([]);
  });
});
