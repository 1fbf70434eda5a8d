import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fromAttributes, toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import { type StartedActions, startedActionsIn } from '../../shared/domain/access/started-actions.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import { tenantKeyOf } from '../../shared/domain/base/tenant-key.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { InMemoryRecords } from '../../testkit/fakes/in-memory-records.ts';
import type { LocalAws } from '../local-aws.ts';
import { newLocalAws } from './shared-services.ts';

/** What started bulk actions do, on the in-memory fake and on the DynamoDB adapter with the emulator. */
function describeStartedActions(name: string, startedOf: () => StartedActions): void {
  describe(`${name} as StartedActions`, () => {
    const action = { id: 'an id', at: t0 };
    const replace = (tenant: string, changes: number, actions = [action]) =>
      startedOf().replace(tenant, { changes, actions, now: t0 });

    test('keeps the actions of each tenant, and counts the changes', async () => {
      expect(await startedOf().read('keeps')).toEqual({ changes: 0, actions: [] });
      expect(await replace('keeps', 0)).toBe(true);
      expect(await startedOf().read('keeps')).toEqual({ changes: 1, actions: [action] });
      expect(await replace('keeps', 1, [])).toBe(true);
      expect(await startedOf().read('keeps')).toEqual({ changes: 2, actions: [] });
      expect(await startedOf().read('another')).toEqual({ changes: 0, actions: [] });
    });

    test('changes nothing that was changed since it was read', async () => {
      expect(await Promise.all([replace('changes', 0), replace('changes', 0, [])])).toContain(false);
      const before = await startedOf().read('changes');
      expect([await replace('changes', 0), await replace('changes', 2)]).toEqual([false, false]);
      expect(await startedOf().read('changes')).toEqual(before);
    });
  });
}

let aws: LocalAws;

describe('started bulk actions', () => {
  const fake = startedActionsIn(new InMemoryRecords());
  describeStartedActions('InMemoryStartedActions', () => fake);

  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());

  describeStartedActions('dynamoDbStartedActions', () =>
    startedActionsIn(dynamoDbRecords(aws.dynamoDb, aws.env)),
  );

  test('they are an item in no index, which expires', async () => {
    const started = startedActionsIn(dynamoDbRecords(aws.dynamoDb, aws.env));
    await started.replace('stored', { changes: 0, actions: [{ id: 'an id', at: t0 }], now: t0 });
    const Key = toAttributes({ id: `bulk-actions/${tenantKeyOf('stored')}` });
    const { Item = {} } = await aws.dynamoDb.send(new GetItemCommand({ TableName: aws.tableName, Key }));
    expect(fromAttributes(Item)).toEqual({
      id: `bulk-actions/${tenantKeyOf('stored')}`,
      changes: 1,
      actions: [{ id: 'an id', at: t0 }],
      expiresAt: Math.ceil(t0 / 1000) + 90 * 86_400,
    });
  });

  test('the table is out of reach', async () => {
    const started = startedActionsIn(dynamoDbRecords(aws.dynamoDb, { ...aws.env, TABLE_NAME: 'nowhere' }));
    await expect(started.read('a tenant')).rejects.toThrow(StoreUnavailableError);
    const next = { changes: 0, actions: [], now: t0 };
    await expect(started.replace('a tenant', next)).rejects.toThrow(StoreUnavailableError);
  });
});
