import { isClaimed } from '../../shared/domain/state/job/transitions.ts';
import type { SeededRandom } from '../../testkit/play/seeded-random.ts';
import type { Instance } from './instance.ts';
import { withErrors } from './server-trouble-scenarios.ts';
import type { World } from './world.ts';

const minuteMs = 60_000;

/** What makes a server ill, until the same is said with `undefined`. */
type Illness = (server: Instance, clockOffMs: number | undefined) => void;

const fullDisk: Illness = (server, begins) => {
  server.isDiskFull = begins !== undefined;
};
const refused: Illness = (server, begins) => {
  server.isRefused = begins !== undefined;
};
const wrongClock: Illness = (server, clockOffMs) => {
  server.clockOffMs = clockOffMs ?? 0;
};

/** By how many minutes the clock of a server is wrong then. Its answers tell it so. */
const clockOffMinutes = [-10, -1, 0.1, 10];

/** Makes a server ill, and perhaps has the process of a job crash. */
export function makeOneIll(world: World, random: SeededRandom): void {
  if (random.chance(0.3)) crashOne(world, random);
  const up = world.servers?.up ?? [];
  if (up.length === 0) return;
  const { instance } = random.pick(up);
  const illness = random.pick([fullDisk, refused, wrongClock]);
  world.say(`${instance.name}: turns ill of ${illness.name}`);
  illness(instance, random.pick(clockOffMinutes) * minuteMs);
  world.time.after(random.pick([0.2, 1, 5]) * minuteMs, () => illness(instance, undefined));
}

/** The process of a job that runs, and whatever else runs in it. */
function crashOne(world: World, random: SeededRandom): void {
  const running = [...world.table.items.values()].filter(({ status }) => isClaimed(status));
  if (running.length === 0) return;
  const { id } = random.pick(running);
  world.say(`the process of ${id} crashes`);
  world.crash(id);
}

/** Every handler writes a file in its last second. */
export function writingFiles(world: World): void {
  const { counting, 'csv-sums': csvSums } = world.handlers;
  world.handlers = {
    ...world.handlers,
    counting: withErrors(world, counting),
    'csv-sums': withErrors(world, csvSums),
  };
}
