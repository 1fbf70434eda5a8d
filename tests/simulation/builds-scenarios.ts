import { NewerVersionError } from '../../shared/domain/base/errors.ts';
import { newerVersion } from '../set-ups/samples.ts';
import type { BuildSettings } from './builds.ts';
import { waitingFigures } from './limits.ts';
import type { Mutant } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { job } from './waiting-scenarios.ts';

const minuteMs = 60_000;

/** From then on, for some minutes, no process is of the newer build: a rollback. What depends on others is new. */
const rolledBack: BuildSettings = {
  older: 1,
  afterMs: 2_000,
  forMs: 40_000,
  isNew: ({ dependsOn = [] }) => dependsOn.length > 0,
  seed: 1,
};

const waitsForOldCode: Scenario = {
  name: 'an older build ends a job that newer ones wait for',
  settings: { figures: waitingFigures, builds: rolledBack },
  act: async (client) => {
    const a = await job(client, 'a', 3);
    await Promise.all(['b', 'c'].map((name) => job(client, name, 0, [a])));
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

/** Every process is one of either build, by chance. */
const inTurns: Scenario = {
  name: 'two builds in turns on one message',
  settings: {
    figures: waitingFigures,
    builds: { older: 0.5, forMs: 20 * minuteMs, isNew: () => true, seed: 3 },
  },
  act: async (client) => {
    await Promise.all([
      client.submit({ payload: { seconds: 3, failFirst: 2 }, maxAttempts: 4 }),
      client.submit({ payload: { seconds: 1 }, delaySeconds: 40 }),
      client.submit({ payload: { seconds: 1 }, group: 'g' }),
    ]);
  },
  assert: (world) => expectStatus(world, 'succeeded', 'failed'),
};

export const buildsScenarios: readonly Scenario[] = [waitsForOldCode, inTurns];

export const buildsMutants: readonly Mutant[] = [
  {
    name: 'an older build takes a message of a newer version for unreadable',
    shownBy: inTurns.name,
    deliver: ({ Records }) => {
      for (const record of Records)
        record.body = record.body.replace(`"version":${newerVersion}`, '"version":0');
    },
  },
  {
    name: 'an older build takes an item of a newer version for absent, and wakes nobody',
    shownBy: waitsForOldCode.name,
    ports: (ports) => {
      const read = (id: string) =>
        ports.store.read(id).catch((error: unknown) => {
          if (error instanceof NewerVersionError) return undefined;
          throw error;
        });
      return { ...ports, store: { ...ports.store, read } };
    },
  },
];
