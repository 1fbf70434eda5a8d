import { describe, expect, test } from '@jest/globals';
import { QueueUnavailableError } from '../../shared/domain/base/errors.ts';
import { placeAwaited } from '../../shared/domain/state/job/item.ts';
import type { JobPointer } from '../../shared/domain/state/job/pointer.ts';
import { isClaimed, isTerminal } from '../../shared/domain/state/job/transitions.ts';
import { longFigures } from './limits.ts';
import type { Ports } from './mutant.ts';
import { play } from './scenario.ts';
import { places } from './work-place-scenarios.ts';
import type { World } from './world.ts';

const minuteMs = 60_000;
/** The jobs of one type: so many run at once, and so many seconds each. */
interface Jobs {
  readonly jobs: number;
  readonly running: number;
  readonly seconds: number;
}
const long: Jobs = { jobs: 48, running: 1, seconds: 800 };

const fates = {
  'the wake of any one is lost': 'lost',
  'the wake of any one is refused': 'refused',
  'the process dies that wakes any one': 'crashed',
  'all that is sent is refused for a minute, from the wake of any one on': 'outage',
  'all that is sent is lost for a minute, from the wake of any one on': 'purged',
} as const;
type Fate = 'sent' | (typeof fates)[keyof typeof fates];
/** What becomes of the first wake of each job, by the number of the job in line. */
type Spoil = (number: number) => Fate;

/** Loses all that is sent for a minute. */
function loseAll({ waiting, queue, time }: World): void {
  for (const each of [waiting, queue]) each.isPurged = true;
  time.after(minuteMs, () => {
    for (const each of [waiting, queue]) each.isPurged = false;
  });
}

/** @returns whether the wake is sent all the same, and refused or lost then */
function meet(fate: Fate, world: World): boolean {
  if (fate === 'refused') throw new QueueUnavailableError('the wake is refused');
  if (fate === 'crashed') world.workers.at(-1)?.kill('crash');
  if (fate === 'outage') world.outages.set('queue', world.time.now + minuteMs);
  if (fate === 'purged') loseAll(world);
  return fate !== 'lost' && fate !== 'crashed';
}

/** Loses wakes. */
const spoiling = (spoil: Spoil) => {
  const woken = new Set<string>();
  const isWake = (role: string, { again }: JobPointer) => role === 'worker' && again === true;
  return {
    name: 'wakes are lost',
    ports: (ports: Ports, role: string, world: World): Ports => ({
      ...ports,
      pointers: {
        send: async (pointer, ...more) => {
          const isFirst = isWake(role, pointer) && !woken.has(pointer.id);
          const fate = isFirst ? spoil(woken.size) : 'sent';
          if (isFirst) woken.add(pointer.id);
          if (meet(fate, world)) await ports.pointers.send(pointer, ...more);
        },
      },
    }),
  };
};

interface Played {
  /** For how many minutes at most a job waited for a place while one was free. */
  readonly besideFreePlace: number;
  /** How often admission has received something. */
  readonly admissions: number;
  /** How many jobs have succeeded, and how many attempts were used. */
  readonly succeeded: number;
  readonly attempts: number;
}

async function playJobs(
  { jobs, running, seconds }: Jobs,
  spoil: Spoil = () => 'sent',
  arrange: (world: World) => void = () => {},
): Promise<Played> {
  let [since, idleMs, admissions] = [undefined as number | undefined, 0, 0];
  const look = (world: World) => {
    const { time, table } = world;
    const items = [...table.items.values()];
    const isFree = items.filter(({ status }) => isClaimed(status)).length < running;
    const isIdle = isFree && items.some((item) => placeAwaited(item) !== undefined);
    since = isIdle ? (since ?? time.now) : undefined;
    idleMs = Math.max(idleMs, time.now - (since ?? time.now));
    if (items.length === 0 || !items.every(({ status }) => isTerminal(status)))
      time.after(30_000, () => look(world));
  };
  const world = await play(
    {
      name: 'long jobs stand in line',
      settings: { figures: longFigures, net: true, maxAdmissions: 99, maxSteps: 300_000 },
      arrange: (made) => {
        places({ key: 'api', running })(made);
        made.waiting.onReceive = () => {
          admissions += 1;
        };
        arrange(made);
      },
      act: async (client, made) => {
        for (let number = 0; number < jobs; number += 1) await client.submit({ payload: { seconds } });
        look(made);
      },
    },
    { mutant: spoiling(spoil) },
  );
  const items = [...world.table.items.values()];
  return {
    besideFreePlace: Math.round(idleMs / minuteMs),
    admissions,
    succeeded: items.filter(({ status }) => status === 'succeeded').length,
    attempts: items.reduce((sum, { attempt }) => sum + attempt, 0),
  };
}

describe('of 48 jobs of 800 seconds, of which one runs at a time, none stands in line for more than ten minutes beside a free place', () => {
  test('and for no minute, if nothing is lost', async () => {
    expect(await playJobs(long)).toEqual({ besideFreePlace: 0, admissions: 47, succeeded: 48, attempts: 48 });
  });

  // Those of one run are so far apart that one loss is over when the next one comes. Together, the runs of a row lose each wake once.
  test.each(Object.entries(fates))('if %s', async (_what, fate) => {
    for (const turn of [0, 1, 2]) {
      const played = await playJobs(long, (number) => (number % 3 === turn ? fate : 'sent'));
      expect(played).toMatchObject({ succeeded: 48, attempts: 48 });
      expect(played.besideFreePlace).toBeLessThanOrEqual(fate === 'refused' ? 1 : 10);
      // The pointer that is sent again is for the same job: nobody is woken in vain.
      expect(played.admissions).toBeLessThanOrEqual(52);
    }
  });
});

test('while admission is late by minutes, it has not twice as much to do because wakes may be lost', async () => {
  const jobs = { jobs: 24, running: 2, seconds: 800 };
  const { admissions: punctual } = await playJobs(jobs);
  for (const minutes of [3, 7, 12, 20]) {
    const late = await playJobs(jobs, undefined, ({ waiting }) => {
      waiting.backlogMs = minutes * minuteMs;
    });
    expect(late).toMatchObject({ succeeded: 24, attempts: 24, besideFreePlace: minutes });
    expect(late.admissions / punctual).toBeLessThan(minutes <= 3 ? 1.01 : 1.6);
  }
});
