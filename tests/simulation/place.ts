import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import { inTurn } from '../turns.ts';
import { type Fault, serverFaults } from './faults.ts';

/** One run of a scenario. */
export interface CatchingRun {
  readonly scenario: string;
  /** Which of the two. */
  readonly schedule: number;
  /** 0, and no fault: undisturbed. */
  readonly call: number;
  readonly fault: Fault | 'none';
}

export const undisturbed = { call: 0, fault: 'none' } as const;

export const isSame = (
  one: Pick<CatchingRun, 'call' | 'fault'>,
  other: Pick<CatchingRun, 'call' | 'fault'>,
): boolean => one.call === other.call && one.fault === other.fault;

/** Where each mutant is caught, by its name. */
export type CatchingRuns = ReadonlyMap<string, CatchingRun>;

/** Whose turn it is: mutants, or their names. */
export const mutantsInTurn = <Row>(rows: readonly Row[]): readonly Row[] =>
  inTurn('mutants of the simulation', rows);

/** `npm run mutants -- --write` writes them. */
export const writtenPlaces = new URL('caught-written.json', import.meta.url);
export const generatedPlaces = new URL('generated/caught-generated.json', import.meta.url);

const texts = z.record(z.string(), z.string());
const textOf = ({ scenario, schedule, call, fault }: CatchingRun): string =>
  `${schedule} ${call} ${fault} ${scenario}`;

function placeOf(text: string): CatchingRun {
  const [, schedule, call, what, scenario = ''] = /^(\d) (\d+) (\S+) (.+)$/.exec(text) ?? [];
  const fault = serverFaults.find((one) => one === what) ?? 'none';
  return { scenario, schedule: Number(schedule), call: Number(call), fault };
}

export function readPlaces(file: URL): CatchingRuns {
  const all = texts.parse(JSON.parse(readFileSync(file, 'utf8')));
  return new Map(Object.entries(all).map(([name, text]) => [name, placeOf(text)]));
}

export async function writePlaces(file: URL, places: CatchingRuns): Promise<void> {
  const all = [...places].map(([name, place]) => [name, textOf(place)] as const);
  const sorted = Object.fromEntries(all.sort(([one], [other]) => (one < other ? -1 : 1)));
  await writeFile(file, `${JSON.stringify(sorted, undefined, 2)}\n`);
}
