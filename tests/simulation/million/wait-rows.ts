import * as z from 'zod/mini';

const figures = z.object({
  jobs: z.int(),
  p50: z.number(),
  p99: z.number(),
  max: z.number(),
  lateJobs: z.int(),
  inFlight: z.int(),
  writes: z.number(),
  indexWrites: z.number(),
  sends: z.number(),
  schedules: z.number(),
  throttled: z.int(),
  looks: z.int(),
  invocations: z.int(),
  dollarsAMonth: z.int(),
});

/** What `million-waits.ts` prints. */
export const waitFigures = z.array(z.object({ name: z.string(), usual: figures, stopped: figures }));
type Load = z.infer<typeof waitFigures>[number];

const count = (number: number): string => number.toLocaleString('en');

/** A line of the table in docs/testing.md: how late, and with how much in flight. */
export const rowOfLateness = ({ name, usual, stopped }: Load): string =>
  `| ${name} | ${[usual.p99, usual.max, usual.inFlight, stopped.lateJobs, stopped.p99, stopped.max].map(count).join(' | ')} |`;

/** A line of the table in docs/cost.md. */
export const rowOfCost = ({ name, usual }: Load): string =>
  `| ${name} | ${[usual.writes, usual.indexWrites, usual.sends, usual.schedules].join(' | ')} | ${count(usual.invocations)} | $${count(usual.dollarsAMonth)} |`;
