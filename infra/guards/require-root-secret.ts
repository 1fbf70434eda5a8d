import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDbAccessAdminStore } from '../access/admin-store.ts';
import { hasJobsIn, isDeployedRootSecretLost, remediesOfLostRootSecret } from '../access/lost-root-secret.ts';
import type { TableNames } from '../access/table-name.ts';
import type { SdkConfig } from '../template/serverless.ts';

interface StageToAsk {
  readonly stage: string;
  readonly tables: TableNames;
}

/**
 * Why a deployment would write a root secret in place of one that is lost, or why that is not known. Before and after
 * it: an access table that was lost, too, is there only then.
 */
export async function problemsOfRootSecret(
  { stage, tables }: StageToAsk,
  config: SdkConfig,
): Promise<readonly string[]> {
  const client = new DynamoDBClient(config);
  try {
    const store = new DynamoDbAccessAdminStore(client, tables.access);
    const hasJobs = hasJobsIn(client, tables.jobs);
    if (!(await isDeployedRootSecretLost({ store, hasJobs }))) return [];
    return [
      'its root secret is lost: the access table has none, and there are jobs or keys.',
      ...remediesOfLostRootSecret(stage),
    ];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [`whether it has its root secret is not known: ${reason}`];
  } finally {
    client.destroy();
  }
}
