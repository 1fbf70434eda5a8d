import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { GetAliasCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { asError } from '../shared/domain/base/errors.ts';
import { findStack } from './find-stack.ts';
import { aliasName } from './live-alias.ts';
import type { SdkConfig } from './serverless.ts';

/** The version of each function that the last deployment has made, by the name of the function: osls has it in the outputs. */
async function deployedVersions(
  StackName: string,
  config: SdkConfig,
): Promise<readonly (readonly [name: string, version: string])[]> {
  const cloudFormation = new CloudFormationClient(config);
  try {
    const stack = await findStack(cloudFormation, StackName);
    return (stack?.Outputs ?? []).flatMap(({ OutputKey = '', OutputValue = '' }) => {
      const [, name, version] = /:function:([^:]+):(\d+)$/.exec(OutputValue) ?? [];
      return name === undefined || version === undefined || !OutputKey.endsWith('QualifiedArn')
        ? []
        : [[name, version] as const];
    });
  } finally {
    cloudFormation.destroy();
  }
}

/**
 * An alias that somebody has moved by hand stays where it is, also over deployments that do not change its function: CloudFormation
 * compares templates.
 * @returns a warning with the commands that move them to what is deployed
 */
export async function warningOfMovedAliases(
  StackName: string,
  config: SdkConfig,
): Promise<string | undefined> {
  const lambda = new LambdaClient(config);
  try {
    const lines: string[] = [];
    for (const [FunctionName, version] of await deployedVersions(StackName, config)) {
      const { FunctionVersion } = await lambda.send(new GetAliasCommand({ FunctionName, Name: aliasName }));
      if (FunctionVersion !== version)
        lines.push(
          `- ${FunctionName} runs version ${FunctionVersion}: aws lambda update-alias --function-name ${FunctionName} --name ${aliasName} --function-version ${version}`,
        );
    }
    if (lines.length === 0) return undefined;
    return [
      `Somebody has moved aliases of ${StackName} by hand, and they do not run what is deployed. To run it:`,
      ...lines,
    ].join('\n');
  } catch (error) {
    return `It is not known whether the functions of ${StackName} run what is deployed: ${asError(error).message}`;
  } finally {
    lambda.destroy();
  }
}
