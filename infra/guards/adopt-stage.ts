import {
  type CloudFormationClient,
  CreateChangeSetCommand,
  DescribeChangeSetCommand,
  ExecuteChangeSetCommand,
  waitUntilChangeSetCreateComplete,
  waitUntilStackImportComplete,
} from '@aws-sdk/client-cloudformation';
import { findStack } from '../deployed/find-stack.ts';
import type { DataTemplate, KeptResource } from './kept-resources.ts';

/** The stage cannot be adopted. The message says why. */
export class AdoptionError extends Error {
  override readonly name = 'AdoptionError';
}

interface Adoption {
  /** The name of the stack that is made. */
  readonly stack: string;
  readonly template: DataTemplate;
  readonly kept: readonly KeptResource[];
  /** Of the change set: another one each time. */
  readonly name: string;
}

/**
 * Makes a stack of what was kept when one was removed, and of nothing else: the next deployment adds the rest. Each
 * resource is named by its identifier. CloudFormation would find tables by their names in the template, but no queue:
 * its identifier is its address, which no template has.
 * @throws AdoptionError
 */
export async function adoptStage(client: CloudFormationClient, adoption: Adoption): Promise<void> {
  const { stack: StackName, kept, name: ChangeSetName } = adoption;
  await refuseExisting(client, StackName);
  await client.send(
    new CreateChangeSetCommand({
      StackName,
      ChangeSetName,
      ChangeSetType: 'IMPORT',
      TemplateBody: JSON.stringify(importTemplate(adoption)),
      ResourcesToImport: kept.map(({ id, type, identifier }) => ({
        LogicalResourceId: id,
        ResourceType: type,
        ResourceIdentifier: { ...identifier },
      })),
    }),
  );
  const waiting = { client, minDelay: 1, maxDelay: 10, maxWaitTime: 600 };
  try {
    await waitUntilChangeSetCreateComplete(waiting, { StackName, ChangeSetName });
  } catch (cause) {
    const { StatusReason = 'no reason is known' } = await client.send(
      new DescribeChangeSetCommand({ StackName, ChangeSetName }),
    );
    throw new AdoptionError(`CloudFormation refuses the import: ${StatusReason}`, { cause });
  }
  await client.send(new ExecuteChangeSetCommand({ StackName, ChangeSetName }));
  try {
    await waitUntilStackImportComplete(waiting, { StackName });
  } catch (cause) {
    throw new AdoptionError(
      `The import into ${StackName} has failed: the events of the stack say why. Nothing that was kept is lost.`,
      { cause },
    );
  }
}

/** A change set that was never executed leaves a stack that waits for one. */
async function refuseExisting(client: CloudFormationClient, StackName: string): Promise<void> {
  const stack = await findStack(client, StackName);
  if (stack === undefined || stack.StackStatus === 'REVIEW_IN_PROGRESS') return;
  throw new AdoptionError(
    `There is a stack ${StackName}, in the state ${stack.StackStatus}. What was kept is imported into a new one: remove it first (npx sls remove).`,
  );
}

/** An import may change nothing beside, and have no outputs. */
export function importTemplate({
  template,
  kept,
}: Pick<Adoption, 'template' | 'kept'>): DataTemplate & { readonly AWSTemplateFormatVersion: string } {
  const ids = new Set(kept.map(({ id }) => id));
  const Resources = Object.fromEntries(
    Object.entries(template.Resources).flatMap(([id, { DependsOn: _, ...resource }]) => {
      if (!ids.has(id)) return [];
      const own = Object.entries(resource.Properties).filter(([, value]) =>
        [...referredBy(value)].every((other) => ids.has(other) || other.startsWith('AWS::')),
      );
      return [[id, { ...resource, Properties: Object.fromEntries(own) }]];
    }),
  );
  return { AWSTemplateFormatVersion: '2010-09-09', Resources };
}

/** The ids of the resources that a value of a template refers to. */
function referredBy(value: unknown): ReadonlySet<string> {
  const ids = new Set<string>();
  JSON.stringify(value, (key: string, each: unknown) => {
    if (key === 'Ref' && typeof each === 'string') ids.add(each);
    if (key === 'Fn::GetAtt') ids.add(String([each].flat()[0]).split('.')[0] ?? '');
    if (key === 'Fn::Sub')
      for (const [, name = ''] of String([each].flat()[0]).matchAll(/\$\{([\w:]+)/g)) ids.add(name);
    return each;
  });
  return ids;
}
