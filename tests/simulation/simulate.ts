import { parseArgs } from 'node:util';
import { prepareProcess } from './prepare-process.ts';
import { randomBuilds } from './random-builds.ts';
import { inDays, randomDays } from './random-days.ts';
import { randomFamilies } from './random-families.ts';
import { randomMixtures } from './random-mixtures.ts';
import { playSeed, randomScenario } from './random-scenario.ts';
import { randomServers } from './random-servers.ts';
import { play } from './scenario.ts';

/**
 * `npm run simulate -- --seeds 10000 [--from 1]` plays random schedules and lists the seeds that break a rule.
 * `npm run simulate -- --seed 17` plays one and prints every step.
 * `--servers`: with worker servers beside the functions, or instead of them. `--builds`: with two builds in turns. `--families`: with
 * jobs that spawn jobs. `--mixtures`: with limits, parents, debounced jobs and pauses at the same time. `--days`: the same with all waits
 * a thousand times as long.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    servers: { type: 'boolean', default: false },
    builds: { type: 'boolean', default: false },
    families: { type: 'boolean', default: false },
    days: { type: 'boolean', default: false },
    mixtures: { type: 'boolean', default: false },
  },
});

prepareProcess();
const [drawn, family] = values.servers
  ? [randomServers, ' --servers']
  : values.builds
    ? [randomBuilds, ' --builds']
    : values.families
      ? [randomFamilies, ' --families']
      : values.mixtures
        ? [randomMixtures, ' --mixtures']
        : [randomScenario, ''];
const inDaysOf = family === '' ? randomDays : inDays(drawn);
const [draw, option] = values.days ? [inDaysOf, `${family} --days`] : [drawn, family];
const broken =
  values.seed === undefined
    ? await hunt(Number(values.from), Number(values.seeds))
    : await replay(Number(values.seed));
process.exitCode = broken > 0 ? 1 : 0;

async function hunt(from: number, count: number): Promise<number> {
  let failures = 0;
  for (let seed = from; seed < from + count; seed += 1) {
    const error = await playSeed(seed, draw);
    if (!error) continue;
    failures += 1;
    console.log(`seed ${seed}: ${error.message}\n    npm run simulate -- --seed ${seed}${option}`);
  }
  console.log(`${count} seeds, ${failures} broke a rule`);
  return failures;
}

async function replay(seed: number): Promise<number> {
  const { scenario, settings } = draw(seed);
  try {
    const world = await play(scenario, settings);
    console.log(world.trace.lines.join('\n'));
    console.log(`seed ${seed}: no rule was broken in ${world.calls.length} calls`);
    return 0;
  } catch (error) {
    const { trace = [], message } = error as Error & { trace?: string[] };
    console.log(`${trace.join('\n')}\nseed ${seed}: ${message}`);
    return 1;
  }
}
