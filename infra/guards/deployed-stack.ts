import { type CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import * as z from 'zod/mini';
import { ownTables, type TableNames } from '../access/table-name.ts';
import { findStack, findTemplate } from '../deployed/find-stack.ts';
import { tablesOf } from '../deployed/tables-in-use.ts';

const template = z.object({
  Resources: z.record(z.string(), z.object({ DeletionPolicy: z.optional(z.string()) })),
});

export interface DeployedResource {
  readonly type: string;
  /** Its name, or of a queue its URL. */
  readonly physicalId: string;
  /** Whether it stays when the stack is removed. */
  readonly isKept: boolean;
}

/** A stack as it was deployed last: the parameters of today say nothing of it. */
export interface DeployedStack {
  readonly name: string;
  readonly hasTerminationProtection: boolean;
  readonly resources: readonly DeployedResource[];
  /** Those that its functions use. They may be others than its own. */
  readonly tables: TableNames;
}

export const idsOf = ({ resources }: DeployedStack, type: string): readonly string[] =>
  resources.filter((each) => each.type === type).map(({ physicalId }) => physicalId);

/** Where tables stay, the stage is protected. */
export const keptTables = ({ resources }: DeployedStack): readonly string[] =>
  resources.flatMap(({ type, isKept, physicalId }) =>
    type === 'AWS::DynamoDB::Table' && isKept ? [physicalId] : [],
  );

const templateWithTables = z.object({ Resources: z.record(z.string(), z.looseObject({})) });

/** The properties of a table, as they were deployed last. */
export async function readDeployedTable(
  client: CloudFormationClient,
  StackName: string,
  id: string,
): Promise<unknown> {
  return templateWithTables.parse(await findTemplate(client, StackName)).Resources[id]?.Properties;
}

/** @returns undefined if there is no such stack */
export async function readDeployedStack(
  client: CloudFormationClient,
  StackName: string,
): Promise<DeployedStack | undefined> {
  const stack = await findStack(client, StackName);
  if (stack === undefined) return undefined;
  // A change set for it was never executed: it has not even a template.
  if (stack.StackStatus === 'REVIEW_IN_PROGRESS')
    return {
      ...{ name: StackName, hasTerminationProtection: false, resources: [] },
      tables: ownTables(StackName),
    };
  const deployed = await findTemplate(client, StackName);
  const policies = template.parse(deployed ?? { Resources: {} }).Resources;
  const resources: DeployedResource[] = [];
  for await (const page of paginateListStackResources({ client }, { StackName }))
    for (const each of page.StackResourceSummaries ?? []) {
      const { LogicalResourceId: id = '', PhysicalResourceId: physicalId, ResourceType: type = '' } = each;
      // What a rollback has deleted is still listed.
      if (physicalId === undefined || each.ResourceStatus === 'DELETE_COMPLETE') continue;
      const isKept = policies[id]?.DeletionPolicy?.startsWith('Retain') ?? false;
      resources.push({ type, physicalId, isKept });
    }
  return {
    name: StackName,
    hasTerminationProtection: stack.EnableTerminationProtection ?? false,
    resources,
    tables: tablesOf(StackName, stack.Outputs),
  };
}
