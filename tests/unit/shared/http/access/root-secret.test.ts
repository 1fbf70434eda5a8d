import { describe, expect, test } from '@jest/globals';
import { RootSecret } from '../../../../../shared/http/access/root-secret.ts';
import { type AccessEntry, rootId } from '../../../../../shared/job/access-entry.ts';
import { RootSecretMissingError, StoreUnavailableError } from '../../../../../shared/job/errors.ts';
import { FixedClock } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryAccessStore } from '../../../../../testkit/fakes/in-memory-access-store.ts';
import { recordedLog } from '../../../../../testkit/fakes/recorded-log.ts';
import { aRootEntry } from '../../../../set-ups/access.ts';

const root = aRootEntry();

function aRootSecret(...entries: readonly AccessEntry[]) {
  const table = new InMemoryAccessStore();
  table.put(...entries);
  const faults: { isDown: boolean } = { isDown: false };
  const store = {
    read: (id: string) =>
      faults.isDown ? Promise.reject(new StoreUnavailableError('down')) : table.read(id),
  };
  const clock = new FixedClock();
  const log = recordedLog();
  return { secret: new RootSecret({ store, clock, log, stage: 'prod' }), table, faults, clock, log };
}

describe('RootSecret', () => {
  test('is read once within 50 seconds, also by requests that come at the same time', async () => {
    const { secret, table, clock } = aRootSecret(root);
    expect(await Promise.all([secret.read(), secret.read(), secret.read()])).toEqual([root, root, root]);
    await clock.advance(49_999);
    expect(await secret.read()).toEqual(root);
    expect(table.reads).toEqual([rootId]);
  });

  test('has its new versions within a minute', async () => {
    const { secret, table, clock } = aRootSecret(root);
    await secret.read();
    const raised = aRootEntry({ versions: { ...root.versions, grant: 2 } });
    table.put(raised);
    await clock.advance(50_000);
    expect(await secret.read()).toEqual(raised);
  });

  test.each(['table cannot be reached', 'entry is gone'])(
    'stays as it is known if the %s, which is logged, and is looked at again after a minute',
    async (what) => {
      const { secret, table, faults, clock, log } = aRootSecret(root);
      await secret.read();
      faults.isDown = what === 'table cannot be reached';
      table.entries.clear();
      await clock.advance(50_000);
      expect(await secret.read()).toEqual(root);
      expect(await secret.read()).toEqual(root);
      expect(log.lines).toMatchObject([{ level: 'warn', message: 'root secret not refreshed' }]);
      faults.isDown = false;
      const raised = aRootEntry({ versions: { ...root.versions, cookie: 2 } });
      table.put(raised);
      await clock.advance(50_000);
      expect(await secret.read()).toEqual(raised);
    },
  );

  test('that was never written is an error that says what to run, and is looked for by the next request', async () => {
    const { secret, table } = aRootSecret();
    await expect(secret.read()).rejects.toThrow(
      new RootSecretMissingError(
        'the access table has no root secret; run: npm run keys -- init --stage prod',
      ),
    );
    table.put(root);
    expect(await secret.read()).toEqual(root);
  });

  test('that could not be read yet is an error, and is looked for by the next request', async () => {
    const { secret, faults } = aRootSecret(root);
    faults.isDown = true;
    await expect(secret.read()).rejects.toThrow(StoreUnavailableError);
    faults.isDown = false;
    expect(await secret.read()).toEqual(root);
  });
});
