import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { outputNameOf, readSettings, stackNameOf } from '../shared/aws/observe/stack.ts';
import { variablesOf } from '../shared/aws/uses/environment.ts';
import * as serverUses from '../shared/aws/uses/server-uses.ts';
import { asError } from '../shared/domain/base/errors.ts';

/** There is no stage to run jobs of. The message says what to do. */
export class StageNotFoundError extends Error {
  override readonly name = 'StageNotFoundError';
}

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
  const StackName = stackNameOf(stage);
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    const outputs = new Map(
      stack?.Outputs?.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    );
    const named = variablesOf(serverUses).flatMap((variable) => {
      const value = outputs.get(outputNameOf(variable));
      return value === undefined ? [] : [[variable, value] as const];
    });
    return { ...Object.fromEntries(named), ...readSettings(outputs), AWS_REGION: region };
  } catch (cause) {
    throw new StageNotFoundError(
      `The stack ${StackName} in ${region} could not be read: ${asError(cause).message}`,
      { cause },
    );
  } finally {
    client.destroy();
  }
}
