import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { EntryCache } from '../../../../../shared/http/access/entry-cache.ts';
import { StoreUnavailableError } from '../../../../../shared/job/errors.ts';
import { FixedClock } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryAccessStore } from '../../../../../testkit/fakes/in-memory-access-store.ts';
import { aKeyEntry } from '../../../../set-ups/access.ts';

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
