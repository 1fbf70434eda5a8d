import { describe, expect, test } from '@jest/globals';
import { NewerVersionError, UnreadableMessageError } from '../../../../shared/job/errors.ts';
import { isDue, readMessage, writeMessage } from '../../../../shared/job/message.ts';
import { aMessage, anId, t0 } from '../../../fakes/samples.ts';

describe('a message', () => {
  test.each([
    ['ordinary', { seconds: 1 }],
    ['empty', null],
    ['of all kinds of characters', 'ü 🎈 \u0000 \u001f \u2028 \uFFFE \uFFFF \ud800 "\\'],
    ['of numbers', [0.1, -0, 1e300, 2 ** 53]],
  ])('with a payload that is %s is read as it was written', (_what, payload) => {
    const written = writeMessage(aMessage({ payload }));
    expect(readMessage(written)).toEqual(JSON.parse(JSON.stringify(aMessage({ payload }))));
  });

  test('with all that a job may ask for is read as it was written, and so is a wake', () => {
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

  test('with unknown keys is read without them', () => {
    expect(readMessage(JSON.stringify({ ...aMessage(), more: 1 }))).toEqual(aMessage());
  });

  test.each([2, 3, 1.5])('of version %d is left to newer code, whatever its shape', (version) => {
    for (const text of [JSON.stringify({ ...aMessage(), version }), JSON.stringify({ version, all: 'new' })])
      expect(() => readMessage(text)).toThrow(NewerVersionError);
  });

  test.each([
    ['is not JSON', 'x'],
    ['is empty', ''],
    ['is null', 'null'],
    ['is a list', '[]'],
    ['is of another kind', '{"Records":[]}'],
    ['has an id that is none', writeMessage(aMessage({ id: '1' }))],
    ['has no version', JSON.stringify({ ...aMessage(), version: undefined })],
    ['has a version that never was', JSON.stringify({ ...aMessage(), version: 0 })],
    ['has a version that is no number', JSON.stringify({ ...aMessage(), version: '2' })],
    ['has no tenant', writeMessage(aMessage({ tenant: '' }))],
    ['has no type', writeMessage(aMessage({ type: '' }))],
    ['has no fingerprint', writeMessage(aMessage({ fingerprint: '' }))],
    ['has a run that is none', writeMessage(aMessage({ run: 0 }))],
    ['has no attempts', writeMessage(aMessage({ options: { maxAttempts: 0 } }))],
    ['was submitted at no time', writeMessage(aMessage({ submittedAt: 1.5 }))],
    ['is to run at no time', writeMessage(aMessage({ options: { maxAttempts: 3, runAt: 1.5 } }))],
    ['depends on what is no job', writeMessage(aMessage({ options: { maxAttempts: 3, dependsOn: ['x'] } }))],
    ['wakes or not', JSON.stringify({ ...aMessage(), wake: false })],
  ])('that %s is unreadable', (_what, text) => {
    expect(readMessage(text)).toBeInstanceOf(UnreadableMessageError);
  });

  test.each([
    ['has no time of its own', undefined, true],
    ['has a time that has come', t0, true],
    ['has a time a millisecond ahead', t0 + 1, false],
  ])('of a job that %s is due or not', (_what, runAt, due) => {
    const options = { maxAttempts: 3, ...(runAt === undefined ? {} : { runAt }) };
    expect(isDue(aMessage({ options }), t0)).toBe(due);
  });
});
