import * as z from 'zod/mini';

const load = z.object({ inFlight: z.int(), jobs: z.int() });

/** Enqueues a job, and resolves when its caller can know that it is over. */
type FollowJob = (n: number) => Promise<void>;

/**
 * Answers each load that the parent process sends: so many jobs, so many at a time.
 * @param open makes workers for as many jobs at a time; @returns what follows a job, and what closes the workers
 */
export function answerLoads(
  open: (inFlight: number) => Promise<{ readonly follow: FollowJob; close(): Promise<unknown> }>,
): void {
  process.on('message', async (message) => {
    const { inFlight, jobs } = load.parse(message);
    const { follow, close } = await open(inFlight);
    const latenciesMs: number[] = [];
    const start = performance.now();
    let next = 0;
    const client = async (): Promise<void> => {
      while (next < jobs) {
        next += 1;
        const begun = performance.now();
        await follow(next);
        latenciesMs.push(performance.now() - begun);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, client));
    const jobsPerSecond = (1000 * jobs) / (performance.now() - start);
    await close();
    process.send?.({ jobsPerSecond, latenciesMs });
  });
}
