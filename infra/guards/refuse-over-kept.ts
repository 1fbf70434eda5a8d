import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { SdkConfig } from '../template/serverless.ts';
import { idsOf, readDeployedStack } from './deployed-stack.ts';
import { bucketOf, dataTemplate, findKept } from './kept-resources.ts';

interface StageToDeploy {
  readonly stage: string;
  /** The name of its stack. */
  readonly stack: string;
  readonly template: unknown;
}

/** What a removal has kept, if the deployment would make it anew: it would fail halfway on its names. */
export async function problemsOfKept(
  { stage, stack, template }: StageToDeploy,
  config: SdkConfig,
): Promise<readonly string[]> {
  const cloudFormation = new CloudFormationClient(config);
  try {
    const deployed = await readDeployedStack(cloudFormation, stack);
    if (deployed !== undefined && idsOf(deployed, 'AWS::DynamoDB::Table').length > 0) return [];
    const kept = await findKept({ stack, template: dataTemplate.parse(template) }, config);
    // The name of a bucket is in nobody's way.
    if (kept.every((each) => bucketOf(each) !== undefined)) return [];
    const names = kept.map(({ name }) => name).join(', ');
    return [
      `the stack ${stack} has no table, and there is what was kept when it was removed: ${names}.`,
      `Take it over: npx sls package --stage ${stage} && npm run -s stage -- adopt --stage ${stage}. Then deploy again.`,
      'Or delete it, with all jobs and keys: docs/runbook.md, "Remove a stage".',
    ];
  } finally {
    cloudFormation.destroy();
  }
}
