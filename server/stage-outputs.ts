import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import * as z from 'zod/mini';
import { everyTypeKeys } from '../shared/aws/config.ts';
import { StageNotFoundError } from './stage-not-found-error.ts';

/** As in serverless.yml. */
const service = 'job-worker';
const settings = z.record(z.string(), z.string());

/** `STANDARD_QUEUE_URL` is the output `StandardQueueUrl`. */
const outputOf = (variable: string): string =>
  variable.toLowerCase().replace(/(^|_)(.)/g, (_all, _line, letter: string) => letter.toUpperCase());

/**
 * Reads what a worker of a deployed stage needs from the outputs of its stack.
 * @returns environment variables
 * @throws StageNotFoundError if there is no such stack, or it may not be read
 */
export async function readStageOutputs(
  stage: string,
  region: string,
): Promise<Readonly<Record<string, string>>> {
  const client = new CloudFormationClient({ region });
  const StackName = `${service}-${stage}`;
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    const outputs = new Map(
      stack?.Outputs?.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    );
    const named = Object.keys(everyTypeKeys).flatMap((variable) => {
      const value = outputs.get(outputOf(variable));
      return value === undefined ? [] : [[variable, value] as const];
    });
    const rest = settings.parse(JSON.parse(outputs.get('WorkerSettings') ?? '{}'));
    return { ...Object.fromEntries(named), ...rest, AWS_REGION: region };
  } catch (cause) {
    throw new StageNotFoundError(
      `The stack ${StackName} in ${region} could not be read: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  } finally {
    client.destroy();
  }
}
