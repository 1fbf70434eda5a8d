import { expect, test } from '@jest/globals';
import type { AccessStore } from '../../../../../shared/domain/access/ports.ts';
import { maxListAgeMs, suspendedTenants } from '../../../../../shared/domain/access/suspended-tenants.ts';
import { StoreUnavailableError } from '../../../../../shared/domain/base/errors.ts';
import { FixedClock } from '../../../../../testkit/fakes/fixed.ts';
import { recordedLog } from '../../../../../testkit/fakes/recorded-log.ts';

/** The list as a function has it. */
function aList(...names: readonly string[]) {
  const table = { tenants: new Set(names), isAway: false, reads: 0 };
  const clock = new FixedClock();
  const log = recordedLog();
  const store: AccessStore = {
    async read(id) {
      table.reads += 1;
      if (table.isAway) throw new StoreUnavailableError('the access table could not be read');
      return id === 'suspended' ? { id, kind: 'suspended', tenants: table.tenants } : undefined;
    },
  };
  return { table, clock, log, ...suspendedTenants({ store, clock, log }) };
}

test('a tenant is suspended if the list has it, and a suspension counts within half a minute', async () => {
  const { isSuspended, table, clock } = aList('acme');
  expect([await isSuspended('acme'), await isSuspended('acm')]).toEqual([true, false]);
  table.tenants = new Set(['acm']);
  await clock.advance(maxListAgeMs - 1);
  expect([await isSuspended('acme'), await isSuspended('acm')]).toEqual([true, false]);
  await clock.advance(1);
  expect([await isSuspended('acme'), await isSuspended('acm')]).toEqual([false, true]);
});

test('all questions of half a minute share a read, also those that come at the same time', async () => {
  const { isSuspended, table, clock } = aList('acme');
  await Promise.all(Array.from({ length: 50 }, (_, index) => isSuspended(`tenant ${index}`)));
  await clock.advance(maxListAgeMs - 1);
  await isSuspended('acme');
  expect(table.reads).toBe(1);
  await clock.advance(1);
  await isSuspended('acme');
  expect(table.reads).toBe(2);
});

test('without a list nobody is suspended', async () => {
  const clock = new FixedClock();
  const store: AccessStore = { read: async () => undefined };
  expect(await suspendedTenants({ store, clock, log: recordedLog() }).isSuspended('acme')).toBe(false);
});

test('while the table is away, the list that was read last counts, and the log says so', async () => {
  const { isSuspended, table, clock, log } = aList('acme');
  await isSuspended('acme');
  table.isAway = true;
  table.tenants = new Set();
  await clock.advance(maxListAgeMs);
  expect(await isSuspended('acme')).toBe(true);
  expect(log.lines).toMatchObject([{ level: 'error', message: 'suspended tenants not read' }]);
  expect(table.reads).toBe(2);
  table.isAway = false;
  await clock.advance(maxListAgeMs);
  expect(await isSuspended('acme')).toBe(false);
});

test('a process that has never read the list lets everybody in', async () => {
  const { isSuspended, table } = aList('acme');
  table.isAway = true;
  expect(await isSuspended('acme')).toBe(false);
});

test('the limits of single tenants come with the same read, and stay while the table is away', async () => {
  const clock = new FixedClock();
  const table = { reads: 0, isAway: false };
  const store: AccessStore = {
    async read() {
      table.reads += 1;
      if (table.isAway) throw new StoreUnavailableError('the access table could not be read');
      const none = { tenant: 'big', jobsPerMinute: 'none' as const };
      const limits = [{ tenant: 'acme', jobsPerMinute: 600 }, none, { tenant: 'other' }];
      return { id: 'suspended', kind: 'suspended', limits };
    },
  };
  const { isSuspended, limitsOf } = suspendedTenants({ store, clock, log: recordedLog() });
  const limits = async () =>
    (await Promise.all(['acme', 'big', 'other', 'constructor'].map(limitsOf))).map(
      ({ jobsPerMinute }) => jobsPerMinute,
    );
  expect(await limits()).toEqual([600, 'none', undefined, undefined]);
  expect([await isSuspended('acme'), table.reads]).toEqual([false, 1]);
  table.isAway = true;
  await clock.advance(maxListAgeMs);
  expect(await limits()).toEqual([600, 'none', undefined, undefined]);
  expect(table.reads).toBe(2);
});
