import { type DynamoDBClient, ResourceNotFoundException, ScanCommand } from '@aws-sdk/client-dynamodb';
import { rootSecretId } from '../../shared/domain/access/access-entry.ts';
import { type AccessAdminStore, AccessTableError } from './admin-store.ts';

interface Stage {
  readonly store: Pick<AccessAdminStore, 'read' | 'list'>;
  readonly hasJobs: () => Promise<boolean>;
}

/**
 * Whether a stage has been in use, and has no root secret. With another one its jobs would have other ids: a client
 * that repeats a submission would have its job run twice.
 * @throws AccessTableError
 */
export async function isRootSecretLost({ store, hasJobs }: Stage): Promise<boolean> {
  if ((await store.read(rootSecretId)) !== undefined) return false;
  const entries = await store.list();
  // The secret of links is a random one of its own.
  return entries.some(({ kind }) => kind !== 'links') || hasJobs();
}

/**
 * The same of a stage whose access table may not be there: then nothing can be said before it is.
 * @throws AccessTableError
 */
export async function isDeployedRootSecretLost(stage: Stage): Promise<boolean> {
  try {
    return await isRootSecretLost(stage);
  } catch (error) {
    if (error instanceof AccessTableError && error.cause instanceof ResourceNotFoundException) return false;
    throw error;
  }
}

/** Every job is in the index `list`; the table has other items, too. @throws AccessTableError */
export const hasJobsIn = (client: DynamoDBClient, TableName: string) => async (): Promise<boolean> => {
  try {
    const input = { TableName, IndexName: 'list', Limit: 1 };
    const { Items = [] } = await client.send(new ScanCommand(input));
    return Items.length > 0;
  } catch (cause) {
    if (cause instanceof ResourceNotFoundException) return false;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AccessTableError(`the table ${TableName} could not be read: ${reason}`, { cause });
  }
};

/** What to do on a stage whose root secret is lost. */
export const remediesOfLostRootSecret = (stage: string): readonly string[] => [
  `Bring it back: npm run keys -- import-root FILE --stage ${stage}, with what export-root has written; or restore the entry "root" of the access table.`,
  `Or write a new one: npm run keys -- init --stage ${stage} --replace. Then an Idempotency-Key from before is another job, whose work is done twice, and all links and cookies end.`,
];
