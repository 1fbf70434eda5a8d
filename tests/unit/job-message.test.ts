import { describe, expect, test } from '@jest/globals';
import { readMessage, writeMessage } from '../../shared/contracts/job-message.ts';
import { UnreadableMessageError } from '../../shared/errors.ts';
import { aMessage } from '../fakes/samples.ts';

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

  test('of a newer version, with more in it, is read', () => {
    expect(readMessage(JSON.stringify({ ...aMessage(), more: 1 }))).toEqual(aMessage());
  });

  test.each([
    ['is not JSON', 'x'],
    ['is empty', ''],
    ['is null', 'null'],
    ['is a list', '[]'],
    ['is of another kind', '{"Records":[]}'],
    ['has an id that is none', writeMessage(aMessage({ id: '1' }))],
    ['has no tenant', writeMessage(aMessage({ tenant: '' }))],
    ['has no type', writeMessage(aMessage({ type: '' }))],
    ['has no fingerprint', writeMessage(aMessage({ fingerprint: '' }))],
    ['has a run that is none', writeMessage(aMessage({ run: 0 }))],
    ['has no attempts', writeMessage(aMessage({ options: { maxAttempts: 0 } }))],
    ['was submitted at no time', writeMessage(aMessage({ submittedAt: 1.5 }))],
  ])('that %s is unreadable', (_what, text) => {
    expect(readMessage(text)).toBeInstanceOf(UnreadableMessageError);
  });
});
