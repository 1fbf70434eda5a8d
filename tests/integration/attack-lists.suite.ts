import { beforeAll, describe, expect, test } from '@jest/globals';
import { jobStatuses } from '../../shared/domain/state/job/transitions.ts';
import { cursorOf } from '../../shared/http/requests/cursor.ts';
import { jobList } from '../../shared/http/responses/job-response.ts';
import { problem } from '../../shared/http/wire/respond.ts';
import type { AttackedSystem } from './attacked-system.ts';
import { allRightsBut } from './attacks.ts';
import { finished, newVictims, settled, type Victims, withKey } from './victims.ts';

export function attackLists(running: () => AttackedSystem): void {
  let system: AttackedSystem;
  let victims: Victims;
  let owner: string;
  let other: string;
  beforeAll(async () => {
    system = running();
    owner = (await system.newKey({ tenant: 'the-owner' })).text;
    other = (await system.newKey({ tenant: 'another tenant' })).text;
    victims = await newVictims(system, owner);
  });

  const list = (query: string, key: string) =>
    system.call(withKey({ method: 'GET', path: `/jobs${query}` }, key));
  const listed = async (query: string, key = owner) => {
    const { body } = await list(query, key);
    return jobList.parse(JSON.parse(body));
  };

  describe('a list', () => {
    const filters = () => [
      '',
      '?limit=1',
      '?type=counting',
      '?since=2000-01-01T00:00:00Z&until=2100-01-01T00:00:00Z',
      `?tag=${victims.tag}`,
      '?group=the%20owner',
      ...jobStatuses.map((status) => `?status=${status}`),
    ];

    test("shows none of another tenant's jobs, whatever the filter, and reads no item", async () => {
      const shown = new Set<string>();
      for (const filter of filters()) {
        for (const { id } of (await listed(filter)).items) shown.add(id);
        const answer = await list(filter, other);
        expect([filter, JSON.parse(answer.body)]).toEqual([filter, { items: [] }]);
        expect(answer.calls.filter((call) => !/^(GetItem access key|Query jobs )/.test(call))).toEqual([]);
      }
      const { tag: _, ...ids } = victims;
      expect([...shown].sort()).toEqual(Object.values(ids).sort());
    });

    test("a page after another tenant's cursor is refused, and nothing is read", async () => {
      const { nextCursor = '' } = await listed('?limit=1');
      expect((await listed(`?limit=1&cursor=${nextCursor}`)).items).toHaveLength(1);
      const answer = await list(`?limit=1&cursor=${nextCursor}`, other);
      expect(answer.status).toBe(400);
      expect(problem.parse(JSON.parse(answer.body)).errors).toMatchObject([{ pointer: 'cursor' }]);
      expect(answer.calls.filter((call) => call.includes(' jobs '))).toEqual([]);
    });

    test('a cursor that was forged, or is of another filter, is answered the same', async () => {
      const { nextCursor = '' } = await listed('?limit=1');
      const [position = '', signature = ''] = nextCursor.split('.');
      const at = Buffer.from(position, 'base64url').toString();
      const root = await system.root();
      const signing = { root, tenant: 'the-owner', filter: {} };
      const later = Buffer.from(`9${at.slice(1)}`).toString('base64url');
      const cursors = [
        `${later}.${signature}`,
        position,
        `${position}.`,
        `${position}.${signature}x`,
        `${signature}.${position}`,
        cursorOf(at, { ...signing, root: { ...root, secret: 'x'.repeat(43) } }),
        cursorOf(at, {
          ...signing,
          root: { ...root, versions: { ...root.versions, cursor: 7 } },
        }),
        cursorOf(at, { ...signing, tenant: 'another tenant' }),
        cursorOf(at, { ...signing, filter: { status: 'failed' } }),
        '',
      ];
      const bodies = [];
      for (const cursor of cursors) {
        const answer = await list(`?cursor=${cursor}`, owner);
        expect([cursor, answer.status]).toEqual([cursor, 400]);
        bodies.push(answer.body);
      }
      expect((await list(`?status=canceled&cursor=${nextCursor}`, owner)).status).toBe(400);
      expect(new Set(bodies).size).toBe(1);
      expect(cursorOf(at, signing)).toBe(nextCursor);
    });
  });

  describe('a bulk action', () => {
    const action = (name: string, filter: object, key: string) =>
      system.call(
        withKey(
          { method: 'POST', path: '/jobs/actions', body: JSON.stringify({ action: name, filter }) },
          key,
        ),
      );

    test.each(['cancel', 'retry', 'erase'])(
      "to %s changes none of another tenant's jobs, whatever it is for",
      async (name) => {
        await settled(system);
        const before = await system.itemsOf('the-owner');
        const filters = [{ tags: [victims.tag] }, { type: 'counting' }, { until: '2100-01-01T00:00:00Z' }];
        for (const filter of filters) {
          const { status, body } = await action(name, filter, other);
          expect(status).toBe(202);
          const job = await finished(system, other, JSON.parse(body).id);
          expect(job).toMatchObject({ status: 'succeeded', result: { done: 0, skipped: 0 } });
        }
        await settled(system);
        expect(await system.itemsOf('the-owner')).toEqual(before);
      },
    );

    test('to erase is answered with 403 without the right to it, and changes nothing', async () => {
      const before = await settled(system);
      const rights = allRightsBut('erase');
      const { text } = await system.newKey({ tenant: 'the-owner', rights });
      const answer = await action('erase', { tags: [victims.tag] }, text);
      expect(answer.status).toBe(403);
      expect(problem.parse(JSON.parse(answer.body)).detail).toContain('`erase`');
      expect(await system.snapshot()).toBe(before);
    });
  });
}
