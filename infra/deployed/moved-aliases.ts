import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { GetAliasCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { asError } from '../../shared/domain/base/errors.ts';
import { aliasName } from '../template/live-alias.ts';
import type { SdkConfig } from '../template/serverless.ts';
import { findStack } from './find-stack.ts';

/**
 * The version of each function that the last deployment has made, by the name of the function: osls has it in the
 * outputs.
 */
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

/** An alias that does not name the version of the last deployment, or gives a part of the calls to another one. */
interface MovedAlias {
  readonly functionName: string;
  readonly live: string;
  readonly deployed: string;
}

/**
 * The aliases that somebody has moved by hand. They stay over deployments that do not change their function:
 * CloudFormation compares templates.
 */
async function findMovedAliases(stack: string, config: SdkConfig): Promise<readonly MovedAlias[]> {
  const lambda = new LambdaClient(config);
  try {
    const moved: MovedAlias[] = [];
    for (const [functionName, deployed] of await deployedVersions(stack, config)) {
      const { FunctionVersion, RoutingConfig } = await lambda.send(
        new GetAliasCommand({ FunctionName: functionName, Name: aliasName }),
      );
      const others = Object.keys(RoutingConfig?.AdditionalVersionWeights ?? {});
      const live = [FunctionVersion, ...others].join(' and ');
      if (live !== deployed) moved.push({ functionName, live, deployed });
    }
    return moved;
  } finally {
    lambda.destroy();
  }
}

/** @returns a warning with the commands that move the aliases to what is deployed, if somebody wants that */
export async function warningOfMovedAliases(stack: string, config: SdkConfig): Promise<string | undefined> {
  try {
    const lines = (await findMovedAliases(stack, config)).map(
      ({ functionName, live, deployed }) =>
        `- ${functionName} runs version ${live}: aws lambda update-alias --function-name ${functionName} --name ${aliasName} --function-version ${deployed}`,
    );
    if (lines.length === 0) return undefined;
    return [
      `Somebody has moved aliases of ${stack} by hand, and they do not run what is deployed. To run it:`,
      ...lines,
    ].join('\n');
  } catch (error) {
    return `It is not known whether the functions of ${stack} run what is deployed: ${asError(error).message}`;
  }
}

const instead = 'deploy with --param="canary=off"';

/**
 * CodeDeploy refuses to move an alias that does not name the version which CloudFormation knows:
 * INVALID_LAMBDA_CONFIGURATION. Without a canary, CloudFormation moves each changed alias from whatever version it
 * names to the new one.
 * @returns what is wrong, and what to do. Nothing on a stage that is not deployed yet
 */
export const problemsOfMovedAliases = async (stack: string, config: SdkConfig): Promise<readonly string[]> =>
  (await findMovedAliases(stack, config)).map(
    ({ functionName, live, deployed }) =>
      `${functionName} runs version ${live}, and not ${deployed}, which was deployed last: CodeDeploy would refuse to move its alias. To lead from the version that runs to the new one, ${instead}.`,
  );

/**
 * An alarm of a canary that rings, perhaps for the deployment before, undoes the next one at once.
 * @returns what is wrong, and what to do, or a warning that it is not known
 */
export async function findRingingAlarms(
  stack: string,
  config: SdkConfig,
): Promise<{ readonly problems: readonly string[]; readonly warning?: string }> {
  const cloudWatch = new CloudWatchClient(config);
  try {
    const { MetricAlarms = [] } = await cloudWatch.send(
      new DescribeAlarmsCommand({ AlarmNamePrefix: `${stack}-Canary`, StateValue: 'ALARM' }),
    );
    const problems = MetricAlarms.map(
      ({ AlarmName }) =>
        `the alarm ${AlarmName} rings, perhaps for the last deployment: it would undo this one at once. Wait until it is quiet, or, for a mend, ${instead}.`,
    );
    return { problems };
  } catch (error) {
    const warning = `It is not known whether an alarm of ${stack} rings, which would undo this deployment: ${asError(error).message}`;
    return { problems: [], warning };
  } finally {
    cloudWatch.destroy();
  }
}
