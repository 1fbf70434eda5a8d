import { userInfo } from 'node:os';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { AccessTableError } from '../../infra/access/admin-store.ts';
import { defaultRegion } from '../../shared/aws/observe/stack.ts';

interface StageAddress {
  readonly stage: string;
  readonly region: string | undefined;
}

/**
 * Who runs a command: the ARN of the credentials, as AWS says. On this machine, the name of the user.
 * @throws AccessTableError
 */
export async function whoRunsThis({ stage, region }: StageAddress): Promise<string> {
  if (stage === 'local') return `local:${userInfo().username}`;
  const client = new STSClient({ region: region ?? process.env.AWS_REGION ?? defaultRegion });
  try {
    const { Arn } = await client.send(new GetCallerIdentityCommand({}));
    return Arn ?? 'unknown';
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
    throw new AccessTableError(`AWS did not say who you are, and nothing was changed: ${reason}`, { cause });
  } finally {
    client.destroy();
  }
}
