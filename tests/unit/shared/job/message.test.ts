import { describe, expect, test } from '@jest/globals';
import { NewerVersionError, UnreadableMessageError } from '../../../../shared/job/errors.ts';
import { isDue, readMessage, writeMessage } from '../../../../shared/job/message.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aMessage, anId } from '../../../set-ups/samples.ts';

describe('a message', () => {
  test.each([
    ['an object', { seconds: 1 }],
    ['null', null],
    ['a string with all kinds of characters', 'ü 🎈 \u0000 \u001f \u2028 \uFFFE \uFFFF \ud800 "\\'],
    ['a list of special numbers', [0.1, -0, 1e300, 2 ** 53]],
  ])('is read as it was written if the payload is %s', (_what, payload) => {
    const written = writeMessage(aMessage({ payload }));
    expect(readMessage(written)).toEqual(JSON.parse(JSON.stringify(aMessage({ payload }))));
  });

  test('is read as it was written if it has all options and is a wake', () => {
    const options = { maxAttempts: 3, group: 'a group', dependsOn: [anId(1), anId(2)], runAt: t0 };
    const message = aMessage({ options, wake: true });
    expect(readMessage(writeMessage(message))).toEqual(message);
  });

  test('is the same text after it was read and written again', () => {
    const text =
      '{"id":"0b2c7d9e-1f3a-4b5c-8d6e-7f8091a2b3c4","version":1,"tenant":"public","type":"countdown",' +
      '"payload":{"seconds":1},"submittedAt":1767323045678,"options":{"maxAttempts":5},"fingerprint":"f","run":1}';
    expect(JSON.stringify(readMessage(text))).toBe(text);
  });

  test('is read without its unknown keys', () => {
    expect(readMessage(JSON.stringify({ ...aMessage(), more: 1 }))).toEqual(aMessage());
  });

  test.each([2, 3, 1.5])('of the newer version %d cannot be read, whatever its shape', (version) => {
    for (const text of [JSON.stringify({ ...aMessage(), version }), JSON.stringify({ version, all: 'new' })])
      expect(() => readMessage(text)).toThrow(NewerVersionError);
  });

  test.each([
    ['is not JSON', 'x'],
    ['is empty', ''],
    ['is null', 'null'],
    ['is a list', '[]'],
    ['has other keys', '{"Records":[]}'],
    ['has an invalid id', writeMessage(aMessage({ id: '1' }))],
    ['has no version', JSON.stringify({ ...aMessage(), version: undefined })],
    ['has version 0', JSON.stringify({ ...aMessage(), version: 0 })],
    ['has a version that is not a number', JSON.stringify({ ...aMessage(), version: '2' })],
    ['has an empty tenant', writeMessage(aMessage({ tenant: '' }))],
    ['has an empty type', writeMessage(aMessage({ type: '' }))],
    ['has an empty fingerprint', writeMessage(aMessage({ fingerprint: '' }))],
    ['has run 0', writeMessage(aMessage({ run: 0 }))],
    ['allows no attempts', writeMessage(aMessage({ options: { maxAttempts: 0 } }))],
    ['has a submission time that is not an integer', writeMessage(aMessage({ submittedAt: 1.5 }))],
    [
      'has a start time that is not an integer',
      writeMessage(aMessage({ options: { maxAttempts: 3, runAt: 1.5 } })),
    ],
    [
      'has a dependency that is not a job id',
      writeMessage(aMessage({ options: { maxAttempts: 3, dependsOn: ['x'] } })),
    ],
    ['has the wake mark "false"', JSON.stringify({ ...aMessage(), wake: false })],
  ])('that %s is unreadable', (_what, text) => {
    expect(readMessage(text)).toBeInstanceOf(UnreadableMessageError);
  });

  test.each([
    ['is due', 'has no start time', undefined, true],
    ['is due', 'may start now', t0, true],
    ['is not due', 'may start in a millisecond', t0 + 1, false],
  ])('%s if its job %s', (_what, _when, runAt, due) => {
    const options = { maxAttempts: 3, ...(runAt === undefined ? {} : { runAt }) };
    expect(isDue(aMessage({ options }), t0)).toBe(due);
  });
});
