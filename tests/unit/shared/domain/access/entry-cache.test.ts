import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { everyTenant, tenantEntryId } from '../../../../../shared/domain/access/access-entry.ts';
import { EntryCache } from '../../../../../shared/domain/access/entry-cache.ts';
import { mailPlacesOf } from '../../../../../shared/domain/access/mail-places.ts';
import { StoreUnavailableError } from '../../../../../shared/domain/base/errors.ts';
import { FixedClock } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryAccessStore } from '../../../../../testkit/fakes/in-memory-access-store.ts';
import { aKeyEntry, aTenantEntry } from '../../../../set-ups/access.ts';

function aCache() {
  const store = new InMemoryAccessStore();
  const clock = new FixedClock();
  return { store, clock, cache: new EntryCache({ store, clock }) };
}
const entry = aKeyEntry();

describe('EntryCache', () => {
  test('reads an entry once within 50 seconds', async () => {
    const { store, clock, cache } = aCache();
    store.put(entry);
    expect(await cache.read(entry.id)).toEqual(entry);
    await clock.advance(49_999);
    expect(await cache.read(entry.id)).toEqual(entry);
    expect(store.reads).toEqual([entry.id]);
  });

  test('sees within a minute that a key was revoked, even if it is used all the time', async () => {
    const { store, clock, cache } = aCache();
    store.put(entry);
    await cache.read(entry.id);
    const revoked = { ...entry, revokedAt: clock.now() };
    store.put(revoked);
    for (let second = 0; second < 59; second += 1) {
      await cache.read(entry.id);
      await clock.advance(1_000);
    }
    expect(await cache.read(entry.id)).toEqual(revoked);
  });

  test('reads an entry that does not exist once, and finds it within a minute after it was written', async () => {
    const { store, clock, cache } = aCache();
    expect(await cache.read(entry.id)).toBeUndefined();
    store.put(entry);
    expect(await cache.read(entry.id)).toBeUndefined();
    expect(store.reads).toHaveLength(1);
    await clock.advance(50_000);
    expect(await cache.read(entry.id)).toEqual(entry);
  });

  test('makes one read for requests that come at the same time', async () => {
    const { store, cache } = aCache();
    store.put(entry);
    const found = await Promise.all(Array.from({ length: 100 }, () => cache.read(entry.id)));
    expect(new Set(found)).toEqual(new Set([entry]));
    expect(store.reads).toHaveLength(1);
  });

  test('does not remember that a read has failed', async () => {
    const { store, clock } = aCache();
    store.put(entry);
    let isDown = true;
    const flaky = {
      read: (id: string) => (isDown ? Promise.reject(new StoreUnavailableError('down')) : store.read(id)),
    };
    const cache = new EntryCache({ store: flaky, clock });
    await expect(cache.read(entry.id)).rejects.toThrow(StoreUnavailableError);
    isDown = false;
    expect(await cache.read(entry.id)).toEqual(entry);
  });

  test('remembers the latest 1000 ids, and no more', async () => {
    const { store, cache } = aCache();
    const readAll = (count: number) =>
      Promise.all(Array.from({ length: count }, (_, index) => cache.read(`key/${index}`)));
    await readAll(1_001);
    await setImmediate();
    store.reads.length = 0;
    await cache.read('key/1');
    await cache.read('key/1000');
    expect(store.reads).toEqual([]);
    await cache.read('key/0');
    expect(store.reads).toEqual(['key/0']);
    // It has taken the place of the oldest one.
    await cache.read('key/1');
    expect(store.reads).toEqual(['key/0', 'key/1']);
  });

  test('reads again after the clock was set back', async () => {
    const { store } = aCache();
    let now = 3_600_000;
    const cache = new EntryCache({ store, clock: { now: () => now } });
    await cache.read(entry.id);
    now = 0;
    await cache.read(entry.id);
    expect(store.reads).toHaveLength(2);
  });
});

describe('to where a tenant may send mail', () => {
  test('is said by its own entry, and by that of all tenants', async () => {
    const { store } = aCache();
    expect(await mailPlacesOf('acme', store)).toEqual([]);
    store.put(aTenantEntry('acme', ['example.com']), aTenantEntry('shop', ['*']));
    expect(await mailPlacesOf('acme', store)).toEqual(['example.com']);
    store.put(aTenantEntry(everyTenant, ['staff.example.net']));
    expect(await mailPlacesOf('acme', store)).toEqual(['example.com', 'staff.example.net']);
    expect(await mailPlacesOf('anybody', store)).toEqual(['staff.example.net']);
  });

  test('is nowhere, if its entry says nothing of mail', async () => {
    const { store } = aCache();
    store.put({ id: tenantEntryId('acme'), kind: 'tenant', tenant: 'acme' });
    expect(await mailPlacesOf('acme', store)).toEqual([]);
  });

  test('costs two reads within 50 seconds, however many mails there are, and changes within a minute', async () => {
    const { store, clock, cache } = aCache();
    for (let second = 0; second < 50; second += 1) {
      expect(await mailPlacesOf('acme', cache)).toEqual([]);
      store.put(aTenantEntry('acme', ['example.com']));
      await clock.advance(1_000);
    }
    expect(store.reads).toHaveLength(2);
    expect(await mailPlacesOf('acme', cache)).toEqual(['example.com']);
  });

  test('is not known while the table cannot be read: that is not nowhere', async () => {
    const down = { read: () => Promise.reject(new StoreUnavailableError('down')) };
    await expect(mailPlacesOf('acme', down)).rejects.toThrow(StoreUnavailableError);
  });
});
