import { CloudFormationClient, type Stack } from '@aws-sdk/client-cloudformation';
import { stackNameOf } from '../../shared/aws/observe/stack.ts';
import { asError } from '../../shared/domain/base/errors.ts';
import type { TableNames } from '../access/table-name.ts';
import { tableNamesOf } from '../template/stage-tables.ts';
import { findStack } from './find-stack.ts';

/** It is not known which tables a stage uses. The message says why. */
export class TablesUnknownError extends Error {
  override readonly name = 'TablesUnknownError';
}

/**
 * The tables that the functions of a deployed stage use, by the outputs of its stack: a restored one has another name.
 * A stage that is not deployed has those that its deployment makes.
 * @throws TablesUnknownError: a command that guessed might write into a table that nobody reads
 */
export async function readTablesInUse(stage: string, region: string): Promise<TableNames> {
  const client = new CloudFormationClient({ region });
  const StackName = stackNameOf(stage);
  try {
    const stack = await findStack(client, StackName);
    return tablesOf(StackName, stack?.Outputs);
  } catch (cause) {
    const { message } = asError(cause);
    throw new TablesUnknownError(
      `Which tables the stage ${stage} uses is not known: ${message}. The right cloudformation:DescribeStacks on its stack tells.`,
      { cause },
    );
  } finally {
    client.destroy();
  }
}

/** @param stack its name @param outputs its outputs */
export function tablesOf(stack: string, outputs: Stack['Outputs'] = []): TableNames {
  const output = (name: string) => outputs.find(({ OutputKey }) => OutputKey === name)?.OutputValue;
  return tableNamesOf(stack, { jobTable: output('TableName'), accessTable: output('AccessTableName') });
}
