import { describe, expect, test } from '@jest/globals';
import { holdSuspended } from '../../../../shared/admission/hold-suspended.ts';
import { suspendedEntry } from '../../../../shared/domain/access/access-entry.ts';
import type { AccessStore } from '../../../../shared/domain/access/ports.ts';
import { StoreUnavailableError } from '../../../../shared/domain/base/errors.ts';
import { FixedClock, t0 } from '../../../../testkit/fakes/fixed.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';
import { somePauses } from '../../../set-ups/pauses.ts';

const minuteMs = 60_000;

/** A stage whose access table has these suspended tenants. */
function aStage(...tenants: readonly string[]) {
  const list = new Set(tenants);
  const pauses = somePauses();
  const clock = new FixedClock();
  const log = recordedLog();
  // As releases of before have written it.
  const access: AccessStore = {
    read: async () => suspendedEntry.parse({ id: 'suspended', kind: 'suspended', tenants: new Set(list) }),
  };
  const hold = (from: AccessStore = access) => holdSuspended({ access: from, pauses, clock, log });
  return { list, pauses: pauses.pauses, clock, log, hold };
}

describe('the jobs of suspended tenants', () => {
  test('are paused, also of those that were suspended before there were such pauses, and resumed with them', async () => {
    const { list, pauses, clock, hold } = aStage('acme', 'other');
    pauses.set('tenant:acme', { at: t0, by: 'key:1' });
    await hold();
    const one = { at: t0, by: 'keys' };
    expect(pauses.get('suspended:acme')).toEqual(one);
    expect(pauses.get('suspended:other')).toEqual(one);
    list.delete('acme');
    await clock.advance(5 * minuteMs);
    await hold();
    const resumed = { resumedAt: t0 + 5 * minuteMs, resumedBy: 'keys' };
    expect(pauses.get('suspended:acme')).toEqual({ ...one, ...resumed });
    expect(pauses.get('suspended:other')).toEqual(one);
    expect(pauses.get('tenant:acme')).toEqual({ at: t0, by: 'key:1' });
  });

  test('are paused again if somebody has ended that, and if their tenant is suspended again', async () => {
    const { pauses, clock, hold } = aStage('acme');
    pauses.set('suspended:acme', { at: t0, by: 'keys', resumedAt: t0 + 1 });
    await clock.advance(2 * minuteMs);
    await hold();
    expect(pauses.get('suspended:acme')).toEqual({ at: t0 + 2 * minuteMs, by: 'keys' });
  });

  test('are left alone for a minute after a change: the list that is read may be older', async () => {
    const { list, pauses, clock, hold } = aStage('resumed');
    pauses.set('suspended:new', { at: t0, by: 'local:me' });
    const ended = { at: t0 - 9 * minuteMs, by: 'local:me', resumedAt: t0, resumedBy: 'local:me' };
    pauses.set('suspended:resumed', ended);
    await clock.advance(minuteMs - 1);
    await hold();
    expect(pauses.get('suspended:new')?.resumedAt).toBeUndefined();
    expect(pauses.get('suspended:resumed')).toEqual(ended);
    list.clear();
    await clock.advance(1);
    await hold();
    expect(pauses.get('suspended:new')?.resumedAt).toBe(t0 + minuteMs);
  });

  test('are as they were when the list cannot be read', async () => {
    const { pauses, clock, hold } = aStage('acme');
    await hold();
    await clock.advance(5 * minuteMs);
    const unreadable = { read: () => Promise.reject(new StoreUnavailableError('no')) };
    await expect(hold(unreadable)).rejects.toThrow(StoreUnavailableError);
    expect(pauses.get('suspended:acme')).toEqual({ at: t0, by: 'keys' });
  });

  test('are not held beyond 200 tenants, and a line says so', async () => {
    const { pauses, log, hold } = aStage(...Array.from({ length: 203 }, (_, index) => `tenant ${index}`));
    await hold();
    await hold();
    expect(pauses.size).toBe(200);
    expect(log.lines.map(({ fields }) => fields)).toEqual([{ left: 3 }, { left: 3 }]);
  });
});
