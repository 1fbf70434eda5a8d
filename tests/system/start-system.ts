import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ChildSystem, startChildSystem } from '../../local/system/child-system.ts';
import { projectDir, withProjectCopy } from '../project-copy.ts';

type ChildSystemOptions = NonNullable<Parameters<typeof startChildSystem>[1]>;

/** On a machine that is busy, and three times as slow as others, a start has taken more than a minute. */
export const startTimeoutMs = 200_000;

/** Starts the local system as `npm start` does, but without osls: offline-start.ts says how. */
export const startLocalSystem = (options: ChildSystemOptions = {}): Promise<ChildSystem> =>
  startChildSystem(AbortSignal.timeout(startTimeoutMs), {
    ...options,
    command: join(options.project ?? projectDir, 'tests/system/offline-start.ts'),
  });

/**
 * Starts a system from a copy of the project, which stays as long as the system.
 * @param change is given the folder of the copy
 */
export async function startCopiedSystem(
  change: (project: string) => Promise<void>,
  options: Omit<ChildSystemOptions, 'project'>,
): Promise<Pick<ChildSystem, 'address' | 'pid' | 'output' | 'stop'>> {
  const [started, stopped] = [Promise.withResolvers<ChildSystem>(), Promise.withResolvers<void>()];
  const copy = withProjectCopy(async (project) => {
    await change(project);
    const system = await startLocalSystem({ ...options, project });
    started.resolve(system);
    await stopped.promise;
    await system.stop();
  });
  copy.catch(started.reject);
  const { address, pid, output } = await started.promise;
  return {
    address,
    pid,
    output,
    async stop() {
      stopped.resolve();
      await copy;
    },
  };
}

/** Schedules for tests. In a test that does not take a year no occurrence makes a job. */
export const yearly = {
  /** Of the tenant `the-owner`. */
  own: 'nightly',
  /** Of the tenant `somebody-else`. */
  foreign: 'quarterly-report',
} as const;

/** Has a copy of the project have schedules, in place of its own. */
export async function replaceSchedules(project: string): Promise<void> {
  const common = { type: 'counting', payload: { seconds: 0 } };
  const schedules = [
    { name: yearly.own, cron: '30 3 1 1 *', timeZone: 'Europe/Berlin', tenant: 'the-owner', ...common },
    { name: yearly.foreign, cron: '0 6 1 2 *', timeZone: 'Asia/Kolkata', tenant: 'somebody-else', ...common },
  ];
  const text = `import { defineSchedules } from '../../shared/author/define-schedules.ts';
import { contracts } from './contracts.ts';

export const schedules = defineSchedules(contracts, ${JSON.stringify(schedules)});
`;
  await writeFile(join(project, 'tests/job-types/schedules.ts'), text);
}
