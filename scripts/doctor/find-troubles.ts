import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import * as uses from '../../functions/check/uses.ts';
import { aliasName } from '../../infra/template/live-alias.ts';
import { readRecurringSchedules } from '../../infra/template/recurring-schedules.ts';
import { watchedStageOf } from '../../shared/aws/ports/watched-stage.ts';
import { readEnvironment } from '../../shared/aws/uses/environment.ts';
import { lookForTroubles, openIn } from '../../shared/watch/check-stage.ts';
import { troubles } from '../../shared/watch/troubles.ts';
import type { Finding, StageToCheck } from './check-account.ts';

/**
 * The troubles that the function `check` would find now, and those that it has found. It looks at what that function
 * looks at, by its variables, and tells nobody.
 * @throws what AWS answers
 */
export async function findTroubles({ stage, prefix, region }: StageToCheck): Promise<readonly Finding[]> {
  const lambda = new LambdaClient({ region });
  const command = new GetFunctionConfigurationCommand({
    FunctionName: `${prefix}-check`,
    Qualifier: aliasName,
  });
  const { Environment } = await lambda.send(command);
  lambda.destroy();
  // The clients of the function have the region of the process.
  process.env.AWS_REGION = region;
  const env = readEnvironment(uses, { ...Environment?.Variables, AWS_REGION: region });
  const now = () => Date.now();
  const watched = watchedStageOf(env, now);
  const { memory } = await watched.state.read();
  const { schedules: recurring } = await readRecurringSchedules();
  const look = await lookForTroubles({ now: now(), memory, isSweep: true }, { ...watched, recurring });
  const found = openIn(look);
  const others = memory.open.filter(
    ({ name, where }) => !found.some((each) => each.name === name && each.where === where),
  );
  const lines = [...found, ...others].map(({ name, where, what, since }): Finding => {
    const { title = name, command: first = '' } = troubles.find((each) => each.name === name) ?? {};
    return {
      level: 'bad',
      text: `${title} (${where}): ${what}, since ${new Date(since).toISOString()}`,
      advice: `${first.replaceAll('$STAGE', stage)}; docs/incidents.md#${name}`,
    };
  });
  return lines.length > 0 ? lines : [{ level: 'good', text: `none of ${troubles.length} troubles is seen` }];
}
