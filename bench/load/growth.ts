import type { MeasureOptions, Series } from '../series.ts';
import { followJobs } from './follow-jobs.ts';
import { startLocalSystem } from './local-system.ts';
import { rssMbOf } from './process-figures.ts';

export interface GrowthStep {
  /** So many since the start. */
  readonly jobs: number;
  readonly jobsPerSecond: number;
  /** Of the process that has gateway, emulators and functions, after these jobs. */
  readonly rssMb: number;
}

const inFlight = 50;

/** Sends many jobs through one local system, and looks after each step of them how fast it is, and how large. */
export async function measureGrowth(
  { jobs, step }: { readonly jobs: number; readonly step: number },
  report: (step: GrowthStep) => void = () => undefined,
): Promise<readonly GrowthStep[]> {
  const system = await startLocalSystem('ours');
  const steps: GrowthStep[] = [];
  try {
    for (let done = step; done <= jobs; done += step) {
      const { jobsPerSecond } = await followJobs(system.address, { jobs: step, inFlight });
      const each = { jobs: done, jobsPerSecond, rssMb: rssMbOf(system.pid) };
      steps.push(each);
      report(each);
    }
  } finally {
    await system.stop();
  }
  return steps;
}

const wholeJobs = 100_000;
const stepJobs = 10_000;

/** As figures of the benchmark. There is one round, however many others have: it takes an hour. */
export async function measure({ report }: MeasureOptions): Promise<readonly Series[]> {
  const steps = await measureGrowth({ jobs: wholeJobs, step: stepJobs }, ({ jobs, rssMb }) =>
    report(`growth: ${jobs} jobs, ${rssMb} MB`),
  );
  return steps.flatMap(({ jobs, jobsPerSecond, rssMb }) => {
    const name = `after ${jobs.toLocaleString('en')} jobs`;
    return [
      { name: `${name}: rate`, unit: 'jobs/s', of: 'ours', rounds: [jobsPerSecond] },
      { name: `${name}: memory`, unit: 'MB', of: 'ours', rounds: [rssMb] },
    ];
  });
}
