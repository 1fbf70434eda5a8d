import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { mapsIn, mapsOf } from '../infra/deployed/kept-maps.ts';
import { defaultRegion, stackNameOf } from '../shared/aws/observe/stack.ts';
import { placeMapper } from '../shared/operations/find/map-stacks.ts';
import { runCommand } from './run-command.ts';
import { UsageError } from './usage-error.ts';

interface MapOptions {
  readonly stage?: string;
  readonly maps?: string;
  readonly region?: string;
}

const name = 'npm run -s stacks --';
const program = new Command(name)
  .description('Reads any text, and names places of the source where the text names places of bundles.')
  .addHelpText(
    'after',
    `\nExamples:\n  $ aws logs tail /aws/lambda/job-worker-prod-api --since 1h | ${name} --stage prod\n  $ ${name} --maps .serverless/maps <log.txt\n\nWith --stage it needs the AWS rights cloudformation:DescribeStackResource, and on the stage's bucket\ns3:ListBucket and s3:GetObject.`,
  )
  .option('--stage <stage>', 'a deployed stage, whose bucket has the maps')
  .option('--maps <folder>', 'a folder with maps, such as .serverless/maps')
  .option('--region <region>', 'default: AWS_REGION, else eu-central-1')
  .action(async ({ stage, maps, region = process.env.AWS_REGION ?? defaultRegion }: MapOptions) => {
    if ((stage === undefined) === (maps === undefined))
      throw new UsageError('Say where the maps are: --stage, or --maps.');
    const kept = stage === undefined ? mapsIn(maps ?? '') : await mapsOf(stackNameOf(stage), { region });
    const map = placeMapper(kept);
    for await (const line of createInterface({ input: process.stdin })) {
      const inText = await map(line);
      process.stdout.write(`${inText(line)}\n`);
    }
  });

await runCommand(program);
