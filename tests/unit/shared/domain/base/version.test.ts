import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { fromAttributes } from '../../../../../shared/aws/records/attribute-value.ts';
import {
  currentVersion,
  plainVersion,
  readableVersion,
  scheduledVersion,
} from '../../../../../shared/domain/base/version.ts';
import { notificationMessage } from '../../../../../shared/domain/notify/notification.ts';
import { readWaitingMessage } from '../../../../../shared/domain/schedules/waiting-message.ts';
import { readErrorGroup } from '../../../../../shared/domain/state/failures/error-group.ts';
import { keyPrefix } from '../../../../../shared/domain/state/failures/failure.ts';
import { readItem } from '../../../../../shared/domain/state/job/item.ts';
import { readMessage, readMessageAs } from '../../../../../shared/domain/state/job/message.ts';
import { notificationsOf } from '../../../../../shared/domain/state/stored/notifications-of.ts';
import { submissionMessage } from '../../../../../shared/operations/submit/submit-job.ts';
import { aFailedItem, anId } from '../../../../set-ups/samples.ts';

const folder = 'tests/fixtures/stored';
const attributes = z.record(z.string(), z.custom<Parameters<typeof fromAttributes>[0][string]>());
/** A line of a release: an item as DynamoDB has it, or the text of a message. */
const line = z.partial(
  z.strictObject({
    item: attributes,
    errorGroup: attributes,
    jobMessage: z.string(),
    waitingMessage: z.string(),
    notification: z.string(),
  }),
);
type Line = z.infer<typeof line>;

/** What each release has stored and sent. A release adds a file; a file that is there stays as it is. */
const lines: readonly Line[] = readdirSync(folder).flatMap((file) =>
  readFileSync(`${folder}/${file}`, 'utf8')
    .trimEnd()
    .split('\n')
    .map((text) => line.parse(JSON.parse(text))),
);
const all = <Name extends keyof Line>(name: Name): readonly NonNullable<Line[Name]>[] =>
  lines.flatMap((one) => (one[name] === undefined ? [] : [one[name]]));
const versionsOf = (texts: readonly string[]) => [
  ...new Set(texts.map((text) => z.object({ version: z.int() }).parse(JSON.parse(text)).version)),
];
/** All that code with such a current version must read. */
const upTo = (version: number, from = 1) => Array.from({ length: version - from + 1 }, (_, at) => from + at);

describe('what a released build has stored or sent', () => {
  test.each(all('item').map(fromAttributes))('is read whole: item $#', (stored) => {
    // The attributes of TTL and of the indexes are the item's own.
    expect(readItem(stored)).toEqual(stored);
  });

  test.each(all('errorGroup').map(fromAttributes))('is read whole: group of errors $#', (stored) => {
    const { listKey: _, expiresAt: __, ...group } = stored;
    expect(readErrorGroup(stored)).toEqual({ ...group, id: String(stored.id).slice(keyPrefix.length) });
  });

  test.each(all('jobMessage'))('is read whole: message %#', (text) => {
    expect(JSON.stringify(readMessage(text))).toBe(text);
    expect(JSON.stringify(readWaitingMessage(text))).toBe(text);
  });

  test.each(all('waitingMessage'))('is read whole: message of the waiting queue %#', (text) => {
    expect(JSON.stringify(readWaitingMessage(text))).toBe(text);
  });

  test.each(all('notification'))('is read whole: notification %#', (text) => {
    expect(JSON.stringify(readMessageAs(notificationMessage, text))).toBe(text);
  });

  test('shows every version that this code says it reads: who raises it shows what has the new one', () => {
    const items = all('item').map((stored) => Number(fromAttributes(stored).version));
    expect([...new Set(items)].sort()).toEqual(upTo(currentVersion));
    expect(versionsOf(all('jobMessage')).sort()).toEqual(upTo(currentVersion));
    expect(versionsOf(all('waitingMessage')).sort()).toEqual(upTo(scheduledVersion, 2));
  });
});

test('the version of the packages is one, and the changelog and the fixtures have it', async () => {
  const files = ['package.json', 'client/package.json', 'client/jobctl/package.json'];
  const read = (file: string) =>
    z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8')));
  const [version = '', ...others] = [...new Set(files.map((file) => read(file).version))];
  expect(others).toEqual([]);
  expect(readFileSync('CHANGELOG.md', 'utf8')).toContain(`\n## ${version}\n`);
  expect(readdirSync(folder)).toContain('1.0.0.jsonl');
});

describe('versions', () => {
  test.each([1, 2, 3])(
    'code that knows version %d reads all up to it by construction, and no other',
    (newest) => {
      const read = (version: unknown) => readableVersion(newest).safeParse(version).success;
      expect(upTo(newest + 2, -1).filter(read)).toEqual(upTo(newest));
      expect([0.5, 1.5, '1', undefined].filter(read)).toEqual([]);
    },
  );

  test('what uses nothing new has version 1, whatever this code can read: every build of a release reads it', () => {
    const order = { tenant: 'a tenant', type: 'counting', payload: {}, maxAttempts: 3 };
    const { version } = submissionMessage(order, { id: anId(1), fingerprint: 'f', now: 1 });
    const [notification] = notificationsOf(aFailedItem({ notify: [{ event: true }] }));
    expect([plainVersion, version, notification?.version]).toEqual([1, 1, 1]);
  });
});
