import type { RootSecretEntry } from '../../domain/access/access-entry.ts';
import type { Charges } from '../../domain/access/ports.ts';
import type { Log } from '../../domain/base/ports.ts';
import type { Meters } from '../../domain/observe/metrics.ts';
import type { Schedule } from '../../domain/schedules/schedule.ts';
import type { ListSchedulesDependencies } from '../../operations/find/list-schedules.ts';
import { scheduleNamed } from '../../operations/submit/run-schedule.ts';
import type { SubmitDependencies } from '../../operations/submit/submission.ts';
import { submitKeys } from '../access/submit-keys.ts';
import type { HttpRequest } from '../wire/http-types.ts';

type Keys = keyof ReturnType<typeof submitKeys>;

/** What requests about schedules need. The keys of a submission follow from the root secret. */
export interface ScheduleRequestDependencies
  extends Omit<SubmitDependencies, Keys>,
    ListSchedulesDependencies {
  readonly schedules: readonly Schedule[];
  readonly root: { read(): Promise<RootSecretEntry> };
  readonly uploadRetentionDays: number;
  /** Counts the jobs of schedules that somebody runs. */
  readonly charges?: Charges | undefined;
  readonly log: Log;
  readonly meters: Meters;
}

/** The same with the keys. @throws StoreUnavailableError, RootSecretMissingError */
export async function withSubmitKeys<Dependencies extends ScheduleRequestDependencies>(deps: Dependencies) {
  const root = await deps.root.read();
  return { ...deps, ...submitKeys(root, deps.uploadRetentionDays), root };
}

/** Which schedule a route below `/schedules/{schedule}` is about. @throws NotFoundError */
export const scheduleIn = (
  { pathParameters }: HttpRequest,
  { schedules }: Pick<ScheduleRequestDependencies, 'schedules'>,
): Schedule => scheduleNamed(pathParameters?.schedule ?? '', schedules);
