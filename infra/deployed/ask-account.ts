import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { asError } from '../../shared/domain/base/errors.ts';
import type { SdkConfig } from '../template/serverless.ts';
import { roomFor } from './account-room.ts';
import type { Deployment } from './compare-with-deployed.ts';
import { findTemplate } from './find-stack.ts';
import { stageTemplateIn } from './stage-template.ts';

interface AccountAnswers {
  readonly problem?: string;
  readonly warning?: string;
  /** What is as it should be. */
  readonly notice?: string;
}

/** Asks Lambda whether the account has room for a stage. */
export async function askAccount(
  { stack, template }: Deployment,
  config: SdkConfig,
): Promise<AccountAnswers> {
  const [lambda, cloudFormation] = [new LambdaClient(config), new CloudFormationClient(config)];
  try {
    const next = stageTemplateIn(template);
    const { AccountLimit = {} } = await lambda.send(new GetAccountSettingsCommand({}));
    const content = next.reserved === 0 ? undefined : await findTemplate(cloudFormation, stack);
    const deployed = content === undefined ? undefined : stageTemplateIn(content);
    const { problem, line, fits } = roomFor({ next, deployed }, AccountLimit);
    if (problem !== undefined) return { problem };
    return fits ? { notice: line } : { warning: line };
  } catch (error) {
    const why = asError(error).message;
    return { warning: `Whether the account has room for the invocations of this stage is not known: ${why}` };
  } finally {
    lambda.destroy();
    cloudFormation.destroy();
  }
}
