import { CloudFormationClient, UpdateTerminationProtectionCommand } from '@aws-sdk/client-cloudformation';
import { DescribeTableCommand, DynamoDBClient, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import type { SdkConfig } from '../template/serverless.ts';
import { type DeployedStack, idsOf, keptTables, readDeployedStack } from './deployed-stack.ts';

/**
 * Switches the deletion protection of tables that stay on, also of those that the stage uses and that are not its
 * stack's, and the termination protection of their stack. Neither is in the template: a first deployment that is rolled
 * back could not delete its tables.
 */
export async function protectStage(stackName: string, config: SdkConfig): Promise<void> {
  const [cloudFormation, dynamoDb] = [new CloudFormationClient(config), new DynamoDBClient(config)];
  try {
    const stack = await readDeployedStack(cloudFormation, stackName);
    if (stack === undefined || keptTables(stack).length === 0) return;
    const { jobs, access } = stack.tables;
    await setDeletionProtection(dynamoDb, [...new Set([...keptTables(stack), jobs, access])], true);
    if (!stack.hasTerminationProtection) await setTerminationProtection(cloudFormation, stackName, true);
  } finally {
    cloudFormation.destroy();
    dynamoDb.destroy();
  }
}

interface Clients {
  readonly cloudFormation: CloudFormationClient;
  readonly dynamoDb: DynamoDBClient;
}

/** Lets a stack be removed. Tables that stay keep their protection. */
export async function liftProtection(
  stack: DeployedStack,
  { cloudFormation, dynamoDb }: Clients,
): Promise<void> {
  const kept = new Set(keptTables(stack));
  const doomed = idsOf(stack, 'AWS::DynamoDB::Table').filter((name) => !kept.has(name));
  await setDeletionProtection(dynamoDb, doomed, false);
  if (stack.hasTerminationProtection) await setTerminationProtection(cloudFormation, stack.name, false);
}

async function setDeletionProtection(
  client: DynamoDBClient,
  tables: readonly string[],
  DeletionProtectionEnabled: boolean,
): Promise<void> {
  for (const TableName of tables) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    if ((Table?.DeletionProtectionEnabled ?? false) === DeletionProtectionEnabled) continue;
    await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled }));
  }
}

const setTerminationProtection = (
  client: CloudFormationClient,
  StackName: string,
  EnableTerminationProtection: boolean,
): Promise<unknown> =>
  client.send(new UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection }));
