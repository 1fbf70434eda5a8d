import { latenessOf } from './lateness.ts';
import { stop, waitLoads } from './loads.ts';
import { limits } from './services.ts';
import { type Played, playWaits } from './waits.ts';

/** Prints how late a million jobs go on that wait, what they took, and the same if nothing brings them back for an hour. */
const jobs = Number(process.argv[2] ?? 1_000_000);

const perWait = (count: number): number => Math.round((count / jobs) * 1_000) / 1_000;
const figuresOf = ({ late, tally }: Played) => ({
  ...latenessOf(late),
  lateJobs: late.filter((seconds) => seconds > 60).length,
  inFlight: tally.inFlight,
  writes: perWait(tally.writes),
  indexWrites: perWait(tally.indexWrites),
  sends: perWait(tally.sends),
  schedules: perWait(tally.schedules),
  throttled: tally.throttled,
  looks: tally.looks,
  invocations: tally.invocations,
  /** Of a million such waits a day, for 30 days. */
  dollarsAMonth: Math.round(tally.cost * (1e6 / jobs) * 30),
});

console.log(
  JSON.stringify(
    Object.entries(waitLoads).map(([name, load]) => ({
      name,
      usual: figuresOf(playWaits(load(jobs), limits)),
      stopped: figuresOf(playWaits(load(jobs), limits, stop)),
    })),
  ),
);
