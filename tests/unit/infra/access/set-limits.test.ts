import { expect, test } from '@jest/globals';
import { describeEntry } from '../../../../infra/access/describe-entry.ts';
import { AccessCommandError } from '../../../../infra/access/manage-keys.ts';
import { describeLimits, findLimits, setLimits } from '../../../../infra/access/set-limits.ts';
import { resumeTenant, suspendTenant } from '../../../../infra/access/suspend-tenant.ts';
import { suspendedId } from '../../../../shared/domain/access/access-entry.ts';
import { InMemoryAccessAdminStore } from '../../../set-ups/in-memory-access-admin-store.ts';

const anAdmin = () => ({ store: new InMemoryAccessAdminStore(), now: () => 0 });

test('a tenant has a limit of its own, none, or that of the stage, and the list shows it', async () => {
  const admin = anAdmin();
  const lines = async () => (await admin.store.list()).map((entry) => describeEntry(entry, 0));
  expect(await setLimits(admin, { tenant: 'acme', said: { jobsPerMinute: 600 } })).toEqual({
    jobsPerMinute: 600,
  });
  await setLimits(admin, { tenant: 'big', said: { jobsPerMinute: 'none' } });
  await setLimits(admin, { tenant: 'acme', said: { jobsPerMinute: 60 } });
  const found = await Promise.all(['acme', 'big', 'other'].map((tenant) => findLimits(admin, tenant)));
  expect(found).toEqual([{ jobsPerMinute: 60 }, { jobsPerMinute: 'none' }, {}]);
  expect((await lines()).join().split('\n').sort()).toEqual([
    'limits  acme  jobs a minute: 60',
    'limits  big  jobs a minute: no limit',
    'suspended  nobody',
  ]);
  expect(await setLimits(admin, { tenant: 'big', said: { jobsPerMinute: 'stage' } })).toEqual({});
  expect(await findLimits(admin, 'big')).toEqual({});
  await setLimits(admin, { tenant: 'acme', said: { jobsPerMinute: 'stage' } });
  expect(admin.store.items.get(suspendedId)).not.toHaveProperty('limits');
  expect(describeLimits('acme', {})).toBe('limits  acme  as the stage has them');
});

test('a suspension and a limit stand beside each other', async () => {
  const admin = anAdmin();
  await suspendTenant(admin, 'acme');
  await setLimits(admin, { tenant: 'acme', said: { jobsPerMinute: 6 } });
  await suspendTenant(admin, 'other');
  await resumeTenant(admin, 'acme');
  expect(await admin.store.read(suspendedId)).toEqual({
    id: suspendedId,
    kind: 'suspended',
    tenants: new Set(['other']),
    limits: [{ tenant: 'acme', jobsPerMinute: 6 }],
  });
});

test('the list has room for two thousand tenants, and is refused beyond 90 KB', async () => {
  const admin = anAdmin();
  const limits = Array.from({ length: 2_000 }, (_, index) => ({
    tenant: `tenant ${index}`,
    jobsPerMinute: 600,
  }));
  await admin.store.create({ id: suspendedId, kind: 'suspended', limits });
  await setLimits(admin, { tenant: 'acme', said: { jobsPerMinute: 6 } });
  await expect(setLimits(admin, { tenant: 'x'.repeat(20_000), said: { jobsPerMinute: 6 } })).rejects.toThrow(
    AccessCommandError,
  );
  await setLimits(admin, { tenant: 'tenant 7', said: { jobsPerMinute: 'stage' } });
});
