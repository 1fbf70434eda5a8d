import {
  type CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';

/** @returns undefined if CloudFormation has no stack of this name: that is known by the text of its error alone */
async function unlessMissing<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Error && error.message.includes('does not exist')) return undefined;
    throw error;
  }
}

export const findStack = async (
  client: CloudFormationClient,
  StackName: string,
): Promise<Stack | undefined> =>
  (await unlessMissing(client.send(new DescribeStacksCommand({ StackName }))))?.Stacks?.[0];

/** @returns the template of a stack as it was deployed last; undefined if there is no such stack */
export async function findTemplate(client: CloudFormationClient, StackName: string): Promise<unknown> {
  const found = await unlessMissing(client.send(new GetTemplateCommand({ StackName })));
  return found?.TemplateBody === undefined ? undefined : JSON.parse(found.TemplateBody);
}
