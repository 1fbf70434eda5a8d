import { schedules as recurring } from '#job-types/schedules.ts';
import { systemClock } from '../../shared/aws/clients/clients.ts';
import { emfLine } from '../../shared/aws/observe/emf-meters.ts';
import { createLog } from '../../shared/aws/observe/logger.ts';
import { watchedStageOf } from '../../shared/aws/ports/watched-stage.ts';
import { readEnvironment } from '../../shared/aws/uses/environment.ts';
import { openTroubles } from '../../shared/domain/watch/watch-ports.ts';
import { checkStage } from '../../shared/watch/check-stage.ts';
import type { CheckDependencies } from '../../shared/watch/dependencies.ts';
import * as uses from './uses.ts';

const env = readEnvironment(uses, process.env);
const deps: CheckDependencies = {
  ...watchedStageOf(env, systemClock.now),
  recurring,
  // To the output itself: the console of Lambda would wrap the line.
  countOpen: (value) =>
    process.stdout.write(emfLine(env.METRICS_NAMESPACE, openTroubles, { value, now: systemClock.now() })),
  clock: systemClock,
  log: createLog('check', process.env),
};

/** Looks for troubles every five minutes. */
export const handler = (): Promise<void> => checkStage(deps);
