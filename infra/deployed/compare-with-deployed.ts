import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { asError } from '../../shared/domain/base/errors.ts';
import type { SdkConfig } from '../template/serverless.ts';
import { findStack, findTemplate } from './find-stack.ts';
import { type Change, noticesOfShorterLives, problemsOfOneWay, typesThatGo } from './one-way-parameters.ts';
import { countOpenJobs } from './open-jobs-of-types.ts';
import { stageTemplateIn } from './stage-template.ts';
import { tablesOf } from './tables-in-use.ts';
import { noticesOfWhatGoes } from './what-goes.ts';

export interface Deployment {
  /** The name of the stack. */
  readonly stack: string;
  /** The compiled template. */
  readonly template: unknown;
}

interface Compared {
  readonly problems: readonly string[];
  readonly notices: readonly string[];
}

/** Of a table that is looked through while somebody waits for a deployment. */
const lookMs = 20_000;
/** DynamoDB takes no more in one condition. */
const maxTypes = 100;

/**
 * Compares a deployment with the stage as it is: what it would hide, what goes, what goes earlier, and whose jobs get
 * no handler.
 */
export async function compareWithDeployed(
  { stack, template }: Deployment,
  config: SdkConfig,
): Promise<Compared> {
  const [cloudFormation, dynamoDb] = [new CloudFormationClient(config), new DynamoDBClient(config)];
  try {
    const deployed = await findTemplate(cloudFormation, stack);
    if (deployed === undefined) return { problems: [], notices: [] };
    const change = { deployed: stageTemplateIn(deployed), next: stageTemplateIn(template) };
    const problems = problemsOfOneWay(change);
    if (problems.length > 0) return { problems, notices: [] };
    const tables = tablesOf(stack, (await findStack(cloudFormation, stack))?.Outputs);
    const open = await noticesOfOpenJobs(dynamoDb, tables.jobs, change);
    const gone = noticesOfWhatGoes(stack, deployed, template);
    return { problems, notices: [...gone, ...noticesOfShorterLives(change), ...open] };
  } catch (error) {
    const why = asError(error).message;
    return {
      problems: [],
      notices: [`Nothing was compared with what is deployed. What is deployed is not known: ${why}`],
    };
  } finally {
    cloudFormation.destroy();
    dynamoDb.destroy();
  }
}

/** Names the types that go while jobs of them are open. */
async function noticesOfOpenJobs(
  dynamoDb: DynamoDBClient,
  TableName: string,
  change: Change,
): Promise<readonly string[]> {
  const types = typesThatGo(change).slice(0, maxTypes);
  if (types.length === 0) return [];
  try {
    const found = await countOpenJobs(dynamoDb, { TableName, types, until: Date.now() + lookMs });
    const hours = change.next.variables.UNKNOWN_TYPE_HOURS;
    const among = found.isWhole ? '' : ` of the first ${found.looked} items of the table`;
    return types.flatMap((type) => {
      const count = found.counts.get(type) ?? 0;
      if (count === 0 && found.isWhole) return [];
      return [
        `The job type ${type} is taken out while jobs of it are open: ${count}${among}. They wait for ${hours} hours (unknownTypeHours), and fail with UnknownJobTypeError after that. To have them done, deploy with the type once more.`,
      ];
    });
  } catch (error) {
    const why = asError(error).message;
    return [
      `Job types are taken out: ${types.join(', ')}. Whether jobs of them are open is not known: ${why}`,
    ];
  }
}
