import {
  type CheckpointOf,
  type JobHandler,
  type PayloadOf,
  PermanentError,
  type ResultOf,
} from '../../../shared/author/index.ts';
import type { csvSums as contract } from './contract.ts';

class ColumnError extends PermanentError {
  override name = 'ColumnError';
}

type Sums = CheckpointOf<typeof contract>;
type Request = Pick<PayloadOf<typeof contract>, 'groupBy' | 'metrics'>;

/** Nothing read yet. */
export const noSums = (): Sums => ({ position: 0, header: [], rows: 0, keys: [], figures: [] });

export const csvSums: JobHandler<typeof contract> = async ({ csv = '', object, ...request }, job) => {
  const sums = job.resume ?? noSums();
  const from = sums.position;
  const source = object === undefined ? undefined : job.object(object);
  const bytes = (await source?.size()) ?? Buffer.byteLength(csv);
  for await (const text of linesIn(source?.stream({ from }) ?? [Buffer.from(csv).subarray(from)])) {
    job.signal.throwIfAborted();
    for (const line of text.split(/\r?\n/)) if (line !== '') addLine(line.split(','), sums, request);
    sums.position += Buffer.byteLength(text);
    job.progress((sums.position / bytes) * 100, `${sums.rows} rows`);
    await job.checkpoint(sums);
  }
  return resultOf(sums, request);
};

/** Whole lines, many at a time. */
async function* linesIn(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf('\n') + 1;
    if (end > 0) yield bytes.toString('utf8', 0, end);
    rest = bytes.subarray(end);
  }
  if (rest.length > 0) yield rest.toString();
}

function addLine(fields: readonly string[], sums: Sums, { groupBy, metrics }: Request): void {
  if (sums.header.length === 0) {
    sums.header = [...fields];
    for (const name of [groupBy, ...metrics.map(({ column }) => column)]) columnOf(name, sums);
    return;
  }
  const key = fields[columnOf(groupBy, sums)] ?? '';
  if (!sums.keys.includes(key)) {
    sums.keys.push(key);
    sums.figures.push([0, ...metrics.map(() => 0)]);
  }
  const [count = 0, ...before] = sums.figures[sums.keys.indexOf(key)] ?? [];
  const added = metrics.map(
    ({ column, op }, at) =>
      (before[at] ?? 0) + (op === 'count' ? 0 : numberIn(fields[columnOf(column, sums)])),
  );
  sums.figures[sums.keys.indexOf(key)] = [count + 1, ...added];
  sums.rows += 1;
}

function columnOf(name: string, { header }: Sums): number {
  const at = header.indexOf(name);
  if (at === -1) throw new ColumnError(`there is no column "${name}", only ${header.join(', ')}`);
  return at;
}

function numberIn(field = ''): number {
  const number = Number(field);
  if (Number.isNaN(number)) throw new PermanentError(`"${field}" is not a number`);
  return number;
}

const resultOf = ({ rows, keys, figures }: Sums, { metrics }: Request): ResultOf<typeof contract> => ({
  rows,
  groups: keys
    .map((key, at) => {
      const [count = 0, ...totals] = figures[at] ?? [];
      const figureOf = { count: () => count, sum: (sum: number) => sum, mean: (sum: number) => sum / count };
      return { key, values: metrics.map(({ op }, metric) => figureOf[op](totals[metric] ?? 0)) };
    })
    .sort((one, other) => (one.key < other.key ? -1 : 1)),
});
