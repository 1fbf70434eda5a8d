import { describe, expect, test } from '@jest/globals';
import {
  InvalidRequestError,
  NewerVersionError,
  UnreadableMessageError,
} from '../../../../../../shared/domain/base/errors.ts';
import { fingerprintOf, keyedJobId } from '../../../../../../shared/domain/base/fingerprint.ts';
import { currentVersion } from '../../../../../../shared/domain/base/version.ts';
import { readWaitingMessage } from '../../../../../../shared/domain/schedules/waiting-message.ts';
import { type JobItem, jobItem, readItem } from '../../../../../../shared/domain/state/job/item.ts';
import {
  isDue,
  type JobMessage,
  readMessage,
  writeMessage,
} from '../../../../../../shared/domain/state/job/message.ts';
import { pointerTo } from '../../../../../../shared/domain/state/job/pointer.ts';
import { deferWrite, postponeWrite } from '../../../../../../shared/domain/state/writes/admission-writes.ts';
import {
  claimWrite,
  failLateWrite,
  failUnclaimedWrite,
  reclaimWrite,
  submitWrite,
} from '../../../../../../shared/domain/state/writes/message-writes.ts';
import { t0 } from '../../../../../../testkit/fakes/fixed.ts';
import { holds } from '../../../../../../testkit/fakes/in-memory-records.ts';
import { itemAfter } from '../../../../../set-ups/item-after.ts';
import {
  aMessage,
  anId,
  aQueuedItem,
  aRunningItem,
  leaseMs,
  retentionMs,
} from '../../../../../set-ups/samples.ts';

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

  test('is read as it was written if it has all options and was requeued', () => {
    const options = { maxAttempts: 3, group: 'a group', dependsOn: [anId(1), anId(2)], runAt: t0 };
    const message = aMessage({ options, requeued: true });
    expect(readMessage(writeMessage(message))).toEqual(message);
  });

  test('is the same text after it was read and written again', () => {
    const text =
      '{"id":"0b2c7d9e-1f3a-4b5c-8d6e-7f8091a2b3c4","version":1,"tenant":"public","type":"counting",' +
      '"payload":{"seconds":1},"submittedAt":1767323045678,"options":{"maxAttempts":5},"fingerprint":"f","run":1}';
    expect(JSON.stringify(readMessage(text))).toBe(text);
  });

  test('is read without its unknown keys', () => {
    expect(readMessage(JSON.stringify({ ...aMessage(), more: 1 }))).toEqual(aMessage());
  });

  test.each([1, 2, 0.5].map((more) => currentVersion + more))(
    'of the newer version %d cannot be read, whatever its shape',
    (version) => {
      for (const text of [
        JSON.stringify({ ...aMessage(), version }),
        JSON.stringify({ version, all: 'new' }),
      ])
        expect(() => readMessage(text)).toThrow(NewerVersionError);
    },
  );

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
    ['has the requeued mark "false"', JSON.stringify({ ...aMessage(), requeued: false })],
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

describe('an item', () => {
  const isRead = (stored: unknown): boolean => {
    try {
      readItem(stored);
      return true;
    } catch {
      return false;
    }
  };

  test.each(Object.entries(jobItem.shape))('is read without %s only if that is optional', (name, schema) => {
    const { [name]: _, ...lacking }: Record<string, unknown> = aQueuedItem();
    expect(isRead(lacking)).toBe(schema.safeParse(undefined).success);
    expect(isRead({ ...aQueuedItem(), [name]: Symbol('no value') })).toBe(false);
  });

  test('is read without what newer code has added, and what is no item is not read', () => {
    expect(readItem({ ...aQueuedItem(), added: 1, constructor: 2 })).toEqual(aQueuedItem());
    for (const none of [undefined, null, 'text', 7, []]) expect(isRead(none)).toBe(false);
  });
});

const newer = { ...aQueuedItem(), version: currentVersion + 1 };

describe('an item of a newer version', () => {
  test('is not read, whatever its shape', () => {
    expect(() => readItem(newer)).toThrow(NewerVersionError);
    expect(() => readItem({ version: currentVersion + 1, all: 'new' })).toThrow(NewerVersionError);
    expect(readItem(aQueuedItem())).toEqual(aQueuedItem());
  });

  test('is not changed by old code that has its message', () => {
    const writes = [
      claimWrite(aMessage(), { now: t0, claimId: 'my claim', leaseMs }),
      failUnclaimedWrite(aMessage(), {
        ...{ item: aQueuedItem(), now: t0, retentionMs },
        error: { name: 'Error', message: 'no' },
      }),
    ];
    for (const { condition } of writes) {
      expect(holds(condition, aQueuedItem())).toBe(true);
      expect(holds(condition, newer as never)).toBe(false);
    }
  });
});

const occurrence = { kind: 'occurrence', version: 4, schedule: 'nightly', at: '2026-01-02T02:00:00Z' };

describe('waiting message', () => {
  test.each([
    ['the message of a job', aMessage()],
    ['the message of a job whose payload has a kind', aMessage({ payload: { kind: 'pointer' } })],
    ['a pointer to a job', pointerTo(aQueuedItem())],
    ['an occurrence of a schedule', occurrence],
    ['a pointer of earlier code', { ...pointerTo(aQueuedItem()), version: 2 }],
    ['a pointer to a job that waits for too long', { ...pointerTo(aQueuedItem()), again: true }],
    ['an occurrence of an earlier deployment', { ...occurrence, version: 2 }],
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
      const newer = text.replace(/"version":\d/, '"version":5');
      expect(() => readWaitingMessage(newer)).toThrow(NewerVersionError);
    },
  );

  test.each([pointerTo(aQueuedItem()), occurrence])(
    'code that knows messages of jobs alone leaves %j to newer code',
    (sent) => {
      expect(() => readMessage(JSON.stringify(sent))).toThrow(NewerVersionError);
    },
  );
});

const fingerprintOfText = (json: string) => fingerprintOf(JSON.parse(json));

describe('fingerprintOf', () => {
  test.each([
    ['keys in another order', '{"a":1,"b":2}', '{"b":2,"a":1}'],
    [
      'keys of nested objects in another order',
      '{"x":[{"a":1,"b":{"c":1,"d":2}}]}',
      '{"x":[{"b":{"d":2,"c":1},"a":1}]}',
    ],
    ['numeric keys in another order', '{"10":1,"9":2,"a":3}', '{"a":3,"9":2,"10":1}'],
    ['other white space', '{ "a" : [ 1 , 2 ] }', '{"a":[1,2]}'],
    ['another notation of a number', '{"a":1.0e1}', '{"a":10}'],
    ['another notation of a character', '{"\\u0061":"\\u00e9"}', '{"a":"é"}'],
    ['"__proto__" in another order', '{"__proto__":1,"a":2}', '{"a":2,"__proto__":1}'],
  ])('gives the same fingerprint for %s', (_what, one, another) => {
    expect(fingerprintOfText(one)).toBe(fingerprintOfText(another));
  });

  test.each([
    ['two values', '{"a":1}', '{"a":2}'],
    ['a number and a string', '{"a":1}', '{"a":"1"}'],
    ['null and a missing key', '{"a":null}', '{}'],
    ['lists in another order', '[1,2]', '[2,1]'],
    ['lists with another nesting', '[[1],2]', '[1,[2]]'],
    ['a list and an object', '["a"]', '{"0":"a"}'],
    ['keys in lower and upper case', '{"a":1}', '{"A":1}'],
    ['a key at two levels', '{"a":{"b":1}}', '{"a":{},"b":1}'],
    ['"__proto__" and a missing key', '{"__proto__":{"a":1}}', '{}'],
    ['two values of "__proto__"', '{"__proto__":{"a":1}}', '{"__proto__":{"a":2}}'],
    ['two values of "toJSON"', '{"toJSON":1}', '{"toJSON":2}'],
    ['composed and decomposed characters', '"é"', '"e\u0301"'],
  ])('gives different fingerprints for %s', (_what, one, another) => {
    expect(fingerprintOfText(one)).not.toBe(fingerprintOfText(another));
  });

  test('returns a SHA-256 hash in base64url', () => {
    expect(fingerprintOf({})).toBe('RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o');
  });

  test('rejects a payload that is nested too deeply, with a pointer to it', () => {
    const deep = JSON.parse('['.repeat(200_000) + ']'.repeat(200_000));
    const fingerprinting = () => fingerprintOf({ type: 'x', payload: deep });
    expect(fingerprinting).toThrow(InvalidRequestError);
    expect(fingerprinting).toThrow(
      expect.objectContaining({ violations: [{ pointer: '/payload', detail: 'nested too deeply' }] }),
    );
  });

  test('rethrows every other error', () => {
    const broken = {
      get a() {
        throw new SyntaxError('no');
      },
    };
    expect(() => fingerprintOf(broken)).toThrow(SyntaxError);
  });
});

describe('keyedJobId', () => {
  const id = keyedJobId('a secret', 'a tenant', 'a key');

  test('returns the same id for the same arguments', () => {
    expect(keyedJobId('a secret', 'a tenant', 'a key')).toBe(id);
  });

  test.each([
    ['another secret', keyedJobId('another', 'a tenant', 'a key')],
    ['another tenant', keyedJobId('a secret', 'another', 'a key')],
    ['another key', keyedJobId('a secret', 'a tenant', 'another')],
    ['the same text split differently into tenant and key', keyedJobId('a secret', 'a tenanta', ' key')],
    ['a tenant that contains the separator of the JSON text', keyedJobId('a secret', 'a tenant","', 'a key')],
  ])('returns another id for %s', (_what, another) => {
    expect(another).not.toBe(id);
  });

  test('returns a UUID of version 8 and of the RFC 9562 variant for every key', () => {
    for (let index = 0; index < 200; index += 1)
      expect(keyedJobId('s', 't', `key ${index}`)).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
  });
});

const options = { maxAttempts: 3, dependsOn: [anId(1), anId(2)], notify: [{ event: true as const }] };
const first = aMessage({ options });
/** Of the same request: sent by a submission that raced with the first, while a deployment changed what is not in it. */
const second = aMessage({
  submittedAt: first.submittedAt + 10,
  options: { maxAttempts: 1, dependsOn: [anId(2), anId(1)], notify: [], runAt: t0 - 10 },
});

const error = { name: 'SomeError', message: 'no' };
const end = { now: t0, retentionMs, error };
const writesOf = (message: JobMessage, item?: JobItem) => ({
  defer: deferWrite(message, t0 + 9, t0),
  postpone: postponeWrite(message, { admittedBy: 'message-2', dueAt: t0 + 9 }, t0),
  claim: claimWrite(message, { now: t0, claimId: 'this claim', leaseMs }),
  failUnclaimed: failUnclaimedWrite(message, { ...end, item }),
});

describe('copies of a submission', () => {
  const named = Object.keys(writesOf(second)) as (keyof ReturnType<typeof writesOf>)[];
  test.each(named)(
    'a %s by another message of the same request changes nothing that was answered',
    async (name) => {
      const answered = await itemAfter(submitWrite(first));
      expect(await itemAfter(writesOf(second, answered)[name], answered)).toMatchObject({
        ...options,
        createdAt: first.submittedAt,
      });
    },
  );

  // A deployment between the two has given the stage targets of its own.
  test.each(named)(
    'a %s by a second message that has targets adds none if the first message has none',
    async (name) => {
      const message = { ...second, options: { ...second.options, notify: options.notify } };
      const { notify: _, ...silent } = options;
      const answered = await itemAfter(submitWrite({ ...first, options: silent }));
      expect((await itemAfter(writesOf(message, answered)[name], answered))?.notify ?? []).toEqual([]);
      // Who writes first decides.
      expect((await itemAfter(writesOf(message)[name]))?.notify).toEqual(options.notify);
    },
  );

  test('a failLate by another message of the same request changes nothing that was answered', async () => {
    const startBefore = t0 - 1;
    const answered = await itemAfter(submitWrite({ ...first, options: { ...options, startBefore } }));
    const late = { ...second, options: { ...second.options, startBefore } };
    const write = failLateWrite(late, { ...end, item: answered });
    expect(await itemAfter(write, answered)).toMatchObject({ ...options, startBefore });
  });

  test('a reclaim by another message of the same request changes nothing that was answered', async () => {
    const before = aRunningItem({ ...options, inCompany: true, leaseUntil: t0 });
    const write = reclaimWrite(before, second, { now: t0, claimId: 'this claim', leaseMs });
    expect(await itemAfter(write, before)).toMatchObject(options);
  });
});
