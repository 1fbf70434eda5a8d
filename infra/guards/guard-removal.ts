import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SdkConfig, Serverless } from '../template/serverless.ts';
import { type DeployedStack, keptTables, readDeployedStack } from './deployed-stack.ts';
import { findOpenWork } from './open-work.ts';
import { liftProtection } from './protect-stage.ts';

interface Removal {
  readonly stage: string;
  readonly stack: string;
  /** `--param really=STAGE`. */
  readonly really: string | undefined;
}

interface Answer {
  /** Why the stage is not removed, and what to do. Empty: it may be. */
  readonly problems: readonly string[];
  /** What is removed with open work, or may be. */
  readonly warnings: readonly string[];
}

/** Of the command line alone: a line in serverless.yml would say it each time. */
export function reallyOf({ processedInput }: Pick<Serverless, 'processedInput'>): string | undefined {
  const given = (processedInput.options.param ?? []).findLast((text) => text.startsWith('really='));
  return given?.slice('really='.length).trimEnd();
}

/**
 * Refuses to remove a protected stage, unless the command names it a second time. Then it lifts the protection of the
 * stack, and that of tables which do not stay.
 */
export async function guardRemoval(removal: Removal, config: SdkConfig): Promise<Answer> {
  const { stage, really } = removal;
  if (really !== undefined && really !== stage)
    return { problems: [`really is "${really}", and the stage is ${stage}.`], warnings: [] };
  const clients = {
    cloudFormation: new CloudFormationClient(config),
    dynamoDb: new DynamoDBClient(config),
    scheduler: new SchedulerClient(config),
    // The address of a queue names its region already.
    sqs: new SQSClient({ ...config, useQueueUrlAsEndpoint: false }),
  };
  try {
    const stack = await readDeployedStack(clients.cloudFormation, removal.stack);
    // `sls remove` itself says that there is none.
    if (stack === undefined || !isProtected(stack)) return { problems: [], warnings: [] };
    const open = await findOpenWork(stack, clients);
    if (really === undefined) return { problems: refusal(stage, open), warnings: [] };
    await liftProtection(stack, clients);
    return { problems: [], warnings: open.map((each) => `Removed with open work: ${each}.`) };
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
}

/** A stage that kept its data before its last deployment has the protection still. */
const isProtected = (stack: DeployedStack): boolean =>
  keptTables(stack).length > 0 || stack.hasTerminationProtection;

const refusal = (stage: string, open: readonly string[]): readonly string[] => [
  'the stage is protected (docs/runbook.md, "Remove a stage").',
  ...open.map((each) => `${each}.`),
  open.length > 0
    ? 'Stop those who submit, take recurring schedules out of job-types/schedules.ts and deploy, and let the jobs end, or cancel them: `jobctl queues` and `jobctl oldest` show them.'
    : 'No queue has a message, and no schedule is open.',
  `To remove it ${open.length > 0 ? 'all the same' : 'now'}: npx sls remove --stage ${stage} --param really=${stage}`,
];
