/** What a contender does: it fills its queue, and then processes all of it. */
export interface Contender {
  /** Puts so many jobs into the queue. */
  fill(jobs: number): Promise<void>;
  /** Processes so many jobs. Resolves when the last one is over, and gone from its queue. */
  work(jobs: number): Promise<void>;
}

/** Prints the CPU time of this process for each job, in microseconds, as JSON. The first quarter warms it up. */
export async function countCpu({ fill, work }: Contender): Promise<void> {
  const jobs = Number(process.env.JOBS);
  await fill(jobs / 4);
  await work(jobs / 4); // Node.js has compiled what is hot by then
  await fill(jobs);
  const before = process.cpuUsage();
  await work(jobs);
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ microseconds: Math.round((user + system) / jobs) }));
  process.exit(0);
}
