import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cursorOf, positionIn } from '../../../../shared/http/cursor.ts';
import { listPositionOf } from '../../../../shared/job/list-keys.ts';
import type { JobFilter } from '../../../../shared/operations/list-jobs.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { anyText } from '../../../any-text.ts';
import { aRootEntry } from '../../../set-ups/access.ts';
import { jobId } from '../../../set-ups/samples.ts';

const position = listPositionOf(t0, jobId);
const filter: JobFilter = { status: 'failed', tags: ['a'] };
const signing = { root: aRootEntry(), tenant: 'a tenant', filter };
const cursor = cursorOf(position, signing);

const positions = fc.tuple(fc.nat(), fc.uuid()).map(([at, id]) => listPositionOf(at, id));
const filters: fc.Arbitrary<JobFilter> = fc.record(
  {
    status: fc.constantFrom('failed', 'queued'),
    type: fc.string(),
    group: fc.string(),
    tags: fc.array(fc.string()),
    since: fc.nat(),
  },
  { requiredKeys: [] },
);

describe('a cursor', () => {
  test('has the position that it was made of, in characters that an address may have', () => {
    fc.assert(
      fc.property(positions, fc.string(), filters, (at, tenant, chosen) => {
        const its = { root: aRootEntry(), tenant, filter: chosen };
        const made = cursorOf(at, its);
        expect(made).toMatch(/^[\w-]+\.[\w-]{43}$/);
        expect(positionIn(made, its)).toBe(at);
      }),
    );
  });

  test('is none if any of its characters is another', () => {
    const characters = fc.constantFrom(...'ABCXYZabcxyz0189-_.=+/%~ ');
    fc.assert(
      fc.property(fc.nat(cursor.length - 1), characters, (at, character) => {
        fc.pre(cursor[at] !== character);
        const changed = cursor.slice(0, at) + character + cursor.slice(at + 1);
        expect(positionIn(changed, signing)).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  test('is none if its last character has other spare bits, or if something is added or left out', () => {
    const others = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];
    const last = others.map((character) => cursor.slice(0, -1) + character).filter((one) => one !== cursor);
    const added = [`${cursor}=`, `${cursor}.`, ` ${cursor}`, `${cursor}\n`, cursor.repeat(2)];
    const cut = Array.from(cursor, (_, at) => cursor.slice(0, at));
    for (const one of [...last, ...added, ...cut]) expect(positionIn(one, signing)).toBeUndefined();
  });

  test.each([
    ['for another tenant', { tenant: 'another tenant' }],
    ['with another filter', { filter: { status: 'failed', tags: ['b'] } }],
    ['without the filter', { filter: {} }],
    [
      'after its key was rotated',
      { root: aRootEntry({ versions: { ...aRootEntry().versions, cursor: 2 } }) },
    ],
    ['on another stage', { root: aRootEntry({ secret: Buffer.alloc(32, 'other').toString('base64url') }) }],
  ])('is none %s', (_what, over) => {
    expect(positionIn(cursor, { ...signing, ...over })).toBeUndefined();
  });

  test('stays the same if another key is rotated', () => {
    const versions = { ...aRootEntry().versions, grant: 2, webhook: 3 };
    expect(positionIn(cursor, { ...signing, root: aRootEntry({ versions }) })).toBe(position);
  });

  test('of one list is none of another, whatever the two were asked for', () => {
    fc.assert(
      fc.property(filters, filters, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        const made = cursorOf(position, { ...signing, filter: one });
        expect(positionIn(made, { ...signing, filter: other })).toBeUndefined();
      }),
    );
  });

  test('is none if it is any text', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(positionIn(text, signing)).toBeUndefined();
      }),
    );
  });
});
