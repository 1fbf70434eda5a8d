import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import type { Mutant } from './mutant.ts';
import { randomMixtures } from './random-mixtures.ts';
import { playSeed, randomScenario, type SeededScenario } from './random-scenario.ts';

/** A mutant that no scenario shows: it takes what a seed may have. */
export interface RandomMutant {
  readonly mutant: Mutant;
  readonly draw: (seed: number) => SeededScenario;
  /** The first of the family that has caught it. */
  readonly seed: number;
}

const forgottenAfterMs = 30 * 60_000;

export const randomMutants: readonly RandomMutant[] = [
  {
    draw: randomScenario,
    seed: 26,
    mutant: {
      name: 'a message that is twice in a batch is deleted although one of both is to come again',
      answer: ({ batchItemFailures }, { Records }) => {
        const isTwice = (id: string) => Records.filter(({ messageId }) => messageId === id).length > 1;
        return {
          batchItemFailures: batchItemFailures.filter(({ itemIdentifier }) => !isTwice(itemIdentifier)),
        };
      },
    },
  },
  {
    draw: randomScenario,
    seed: 59,
    mutant: {
      name: 'a job that has ended half an hour ago is not known any more',
      ports: (ports, role, { time }) => {
        const isForgotten = (item: JobItem) =>
          isTerminal(item.status) && time.now - (item.finishedAt ?? 0) > forgottenAfterMs;
        const read = async (id: string) => {
          const item = await ports.store.read(id);
          return item && isForgotten(item) ? undefined : item;
        };
        return role === 'worker' ? { ...ports, store: { ...ports.store, read } } : ports;
      },
    },
  },
  {
    draw: randomMixtures,
    seed: 143,
    mutant: {
      name: 'a line is forgotten as soon as the index shows nobody in it',
      ports: (ports) => {
        const { workPlaces } = ports;
        const noted = new Map<string, number>();
        const lines: typeof workPlaces.lines = async (part) =>
          (await workPlaces.lines(part)).map((line) => {
            noted.set(line.room.id, line.notedAt);
            return { ...line, notedAt: 0 };
          });
        const forgetLine: typeof workPlaces.forgetLine = (line) =>
          workPlaces.forgetLine({ ...line, notedAt: noted.get(line.room.id) ?? 0 });
        return { ...ports, workPlaces: { ...workPlaces, lines, forgetLine } };
      },
    },
  },
];

/** A mutant may go round in circles. */
const maxSteps = 100_000;
/** Where a run has changed, another seed catches a mutant. */
const seeds = 400;

/** @returns the rule that it has broken, the seed, and how many were played; undefined if none has caught it */
export async function catchBySeed({ mutant, draw, seed }: RandomMutant) {
  const mutated = (one: number): SeededScenario => {
    const { scenario, settings } = draw(one);
    return { scenario, settings: { ...settings, mutant, maxSteps } };
  };
  const others = Array.from({ length: seeds }, (_, index) => index + 1);
  for (const [index, one] of [seed, ...others].entries()) {
    const error = await playSeed(one, mutated);
    if (error) return { error, seed: one, runs: index + 1 };
  }
  return undefined;
}
