import { expect, test } from '@jest/globals';
import { NewerVersionError, UnreadableMessageError } from '../../../../shared/job/errors.ts';
import { readMessage, writeMessage } from '../../../../shared/job/message.ts';
import { pointerTo } from '../../../../shared/job/pointer.ts';
import { readWaitingMessage } from '../../../../shared/job/waiting-message.ts';
import { aMessage, aQueuedItem } from '../../../set-ups/samples.ts';

const occurrence = { kind: 'occurrence', version: 2, schedule: 'nightly', at: '2026-01-02T02:00:00Z' };

test.each([
  ['the message of a job', aMessage()],
  ['the message of a job whose payload has a kind', aMessage({ payload: { kind: 'pointer' } })],
  ['a pointer to a job', pointerTo(aQueuedItem())],
  ['an occurrence of a schedule', occurrence],
])('%s is read from the waiting queue', (_what, sent) => {
  expect(readWaitingMessage(JSON.stringify(sent))).toEqual(sent);
});

test.each([
  ['no JSON', '{"kind":'],
  ['of another kind', JSON.stringify({ ...occurrence, kind: 'other' })],
  ['an occurrence of no time', JSON.stringify({ ...occurrence, at: '<aws.scheduler.scheduled-time>' })],
])('what is %s is unreadable', (_what, text) => {
  expect(readWaitingMessage(text)).toBeInstanceOf(UnreadableMessageError);
});

test.each([writeMessage(aMessage()), JSON.stringify(pointerTo(aQueuedItem())), JSON.stringify(occurrence)])(
  'what newer code wrote is left to newer code: %s',
  (text) => {
    const newer = text.replace(/"version":\d/, '"version":3');
    expect(() => readWaitingMessage(newer)).toThrow(NewerVersionError);
  },
);

test.each([pointerTo(aQueuedItem()), occurrence])(
  'code that knows messages of jobs alone leaves %j to newer code',
  (sent) => {
    expect(() => readMessage(JSON.stringify(sent))).toThrow(NewerVersionError);
  },
);
