import { CreateServiceLinkedRoleCommand, IAMClient, InvalidInputException } from '@aws-sdk/client-iam';
import type { SdkConfig } from '../template/serverless.ts';

const service = 'ecs.amazonaws.com';

/**
 * Makes the role of ECS in an account, unless it is there. ECS makes it with the first cluster of an account,
 * and mostly fails then, since the role is not yet known everywhere.
 * @returns why that is not known to have worked
 */
export async function makeServiceRole(config: SdkConfig): Promise<string | undefined> {
  const iam = new IAMClient(config);
  try {
    await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: service }));
    return undefined;
  } catch (error) {
    // It is there.
    if (error instanceof InvalidInputException) return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    return `the role of ECS could not be made: ${reason}. If the account has none, run: aws iam create-service-linked-role --aws-service-name ${service}`;
  } finally {
    iam.destroy();
  }
}
