import { expect, test } from '@jest/globals';
import { ownTables } from '../../infra/access/table-name.ts';
import { endpointTableKeys, jobTableKeys } from '../job-table.ts';
import { type DeletionPolicy, policiesOf } from './expected.ts';
import { table } from './kinds.ts';
import type { Package } from './packaged.ts';

const protectedTable = {
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
};

export function describeTables({ template, stage }: Package, deletionPolicy: DeletionPolicy): void {
  const tables = template.all(table);

  test('are those of the jobs, of the access and of the endpoints: paid per request, with point-in-time recovery and encryption', () => {
    expect(Object.fromEntries(tables)).toEqual({
      JobTable: {
        ...protectedTable,
        ...jobTableKeys,
        TableName: `job-worker-${stage}-jobs`,
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      },
      AccessTable: { ...protectedTable, TableName: ownTables(`job-worker-${stage}`).access },
      EndpointTable: {
        ...protectedTable,
        ...endpointTableKeys,
        TableName: `job-worker-${stage}-endpoints`,
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      },
    });
  });

  test(`have the deletion policy ${deletionPolicy}`, () => {
    for (const id of tables.keys()) {
      const { DeletionPolicy, UpdateReplacePolicy } = template.resources[id] ?? {};
      expect({ DeletionPolicy, UpdateReplacePolicy }).toEqual(policiesOf[deletionPolicy]);
    }
  });
}
