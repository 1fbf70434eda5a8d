import * as z from 'zod/mini';
import type { Rule, StageParameters } from './parameters/parameter.ts';
import type { Resources } from './serverless.ts';

/** What a table or an index takes from the first second on, in units a second. */
export interface Warm {
  readonly reads: number;
  readonly writes: number;
}

/** The table of jobs, and its indexes. */
const places = ['table', 'list', 'failed', 'due', 'group'] as const;
type Place = (typeof places)[number];
export type WarmPlaces = Readonly<Partial<Record<Place, Warm>>>;

/** What a table on demand, and each index of it, takes without being asked. DynamoDB refuses less. */
export const coldest: Warm = { reads: 12_000, writes: 4_000 };

const isPlace = (name: string): name is Place => places.some((place) => place === name);

/** Reads `table=24000/8000,list=12000/8000`. @returns undefined if it is not written so */
export function readWarmThroughput(text: string): WarmPlaces | undefined {
  const parts = text === '' ? [] : text.split(',').map((part) => part.trim());
  const read = parts.map((part) => {
    const [, name = '', reads = '', writes = ''] = /^([a-z]+)=(\d{4,7})\/(\d{4,7})$/.exec(part) ?? [];
    const warm = { reads: Number(reads), writes: Number(writes) };
    const isEnough = warm.reads >= coldest.reads && warm.writes >= coldest.writes;
    return isPlace(name) && isEnough ? ([name, warm] as const) : undefined;
  });
  const known = read.filter((each) => each !== undefined);
  const found = Object.fromEntries(known);
  return known.length === parts.length && Object.keys(found).length === parts.length ? found : undefined;
}

export const warmRule: Rule = {
  accepts: (value) => readWarmThroughput(value) !== undefined,
  use: `a comma list of NAME=READS/WRITES, units a second, such as table=24000/8000,list=12000/8000, each name once, of ${places.join(', ')}, with at least ${coldest.reads} reads and ${coldest.writes} writes; or nothing`,
};

/** Of a table that was restored the stack says nothing: it would warm its own one, which nobody uses. */
export const problemsOfWarmth = ({ warmThroughput, jobTable }: StageParameters): readonly string[] =>
  String(warmThroughput ?? '') === '' || String(jobTable ?? '') === ''
    ? []
    : [
        `warmThroughput is of the table in the stack, and the stage uses ${jobTable} (jobTable). Leave warmThroughput out, and raise that table by \`aws dynamodb update-table\`.`,
      ];

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const asProperty = ({ reads, writes }: Warm) => ({
  WarmThroughput: { ReadUnitsPerSecond: reads, WriteUnitsPerSecond: writes },
});

/**
 * Has the table of jobs and its indexes made warm, if the stage says so. A stage that does not has no such property.
 */
export function warmTable({ Resources }: Resources, { warmThroughput }: StageParameters): void {
  const warm = readWarmThroughput(String(warmThroughput ?? '')) ?? {};
  const table = Resources?.JobTable;
  if (table?.Properties === undefined || Object.keys(warm).length === 0) return;
  const { GlobalSecondaryIndexes: indexes, ...others } = table.Properties;
  table.Properties = {
    ...others,
    ...(warm.table ? asProperty(warm.table) : {}),
    GlobalSecondaryIndexes: (Array.isArray(indexes) ? indexes : []).map((index: unknown) => {
      const name = isRecord(index) ? String(index.IndexName) : '';
      const its = isPlace(name) ? warm[name] : undefined;
      return isRecord(index) && its ? { ...index, ...asProperty(its) } : index;
    }),
  };
}

const warmProperty = z.object({
  WarmThroughput: z.optional(
    z.object({ ReadUnitsPerSecond: z.optional(z.number()), WriteUnitsPerSecond: z.optional(z.number()) }),
  ),
});
const table = z.object({
  ...warmProperty.shape,
  GlobalSecondaryIndexes: z.optional(
    z.array(z.object({ ...warmProperty.shape, IndexName: z.optional(z.string()) })),
  ),
});

/**
 * Reads it from the properties of a table in a template, or from what DynamoDB says of a table: both are written alike.
 */
export function warmPlacesIn(properties: unknown): WarmPlaces {
  const { data } = table.safeParse(properties ?? {});
  const named = [{ ...data, IndexName: 'table' }, ...(data?.GlobalSecondaryIndexes ?? [])];
  const found = named.flatMap(({ IndexName = '', WarmThroughput: warm }) =>
    isPlace(IndexName) && warm
      ? [[IndexName, { reads: warm.ReadUnitsPerSecond ?? 0, writes: warm.WriteUnitsPerSecond ?? 0 }] as const]
      : [],
  );
  return Object.fromEntries(found);
}

export const sameWarmth = (one: WarmPlaces, other: WarmPlaces): boolean =>
  places.every((place) => {
    const [its, others] = [one[place], other[place]];
    return its === others || (its && textOf(its)) === (others && textOf(others));
  });

interface Warmth {
  /** As the deployed template has it, as the next one has it, and as the table is. */
  readonly deployed: WarmPlaces;
  readonly next: WarmPlaces;
  readonly table: WarmPlaces;
}

/**
 * What DynamoDB would refuse. It raises these values itself as a table is used, and takes no lower one. A value that is
 * as it was deployed is not sent again.
 */
export function problemsOfColder({ deployed, next, table }: Warmth): readonly string[] {
  return places.flatMap((place) => {
    const [to, was, has] = [next[place], deployed[place], table[place] ?? deployed[place]];
    if (to === undefined || has === undefined || textOf(to) === (was && textOf(was))) return [];
    if (to.reads >= has.reads && to.writes >= has.writes) return [];
    const least = { reads: Math.max(to.reads, has.reads), writes: Math.max(to.writes, has.writes) };
    const keep = was === undefined ? 'leave it out' : `leave it at ${textOf(was)}`;
    return [
      `warmThroughput of ${place} is ${textOf(to)}, and it has ${textOf(has)}. DynamoDB takes no lower value. Set it to at least ${textOf(least)}, or ${keep}.`,
    ];
  });
}

/** What goes from the template, and stays in the table. */
export const noticesOfColder = ({ deployed, next }: Pick<Warmth, 'deployed' | 'next'>): readonly string[] =>
  places.flatMap((place) => {
    const was = deployed[place];
    return was === undefined || next[place] !== undefined
      ? []
      : [
          `warmThroughput no longer has ${place}. It stays at ${textOf(was)}, or at what it has grown to: DynamoDB takes no lower value, and no price for it.`,
        ];
  });

const textOf = ({ reads, writes }: Warm): string => `${reads}/${writes}`;
