import { describeError } from '../../shared/domain/base/errors.ts';
import type { StoredObject } from '../../shared/domain/objects/stored-object.ts';
import { describeThrown } from './describe-error.ts';
import { maxSlices, type ReplayEnd } from './replay-job.ts';
import type { ReplayOrder } from './replay-order.ts';

/** The exit code of each end: those of jobctl, in docs/cli.md. */
const codes = { succeeded: 0, failed: 7, stopped: 9 } as const;

interface Ended {
  readonly end: ReplayEnd;
  readonly milliseconds: number;
  /** What the fence has refused. */
  readonly refused: readonly string[];
  /** Of the clone. */
  readonly root: string;
}

export interface Report {
  readonly code: number;
  /** The result, or a JSON document: for the standard output. */
  readonly answer: string | undefined;
  /** For people, on the standard error. */
  readonly lines: readonly string[];
}

/** What is to be said of the end of a replay. @param timeoutSeconds of the job's contract, if they count */
export function reportEnd(ended: Ended, order: ReplayOrder, timeoutSeconds: number): Report {
  const { end, milliseconds, refused } = ended;
  const seconds = milliseconds / 1000;
  const lines = [
    ...linesOf(ended, order),
    ...(seconds > timeoutSeconds
      ? [`It took ${seconds.toFixed(1)} s; its contract allows ${timeoutSeconds} s.`]
      : []),
    ...fenceLines(refused),
  ];
  const answer = order.isJson ? JSON.stringify(documentOf(ended), null, 2) : resultOf(end);
  return { code: codes[end.kind], answer, lines };
}

const connection = /^the connection to (\S+:\d+) was not made$/;

function fenceLines(refused: readonly string[]): readonly string[] {
  if (refused.length === 0) return [];
  const [target] = refused.flatMap((each) => connection.exec(each)?.[1] ?? []);
  return [
    'The fence has refused:',
    ...refused.map((each) => `  ${each}`),
    ...(target === undefined
      ? []
      : [`--allow ${target} lets it through. Then what is written there is written.`]),
  ];
}

const resultOf = (end: ReplayEnd): string | undefined => (end.kind === 'succeeded' ? end.result : undefined);

function linesOf({ end, milliseconds, root }: Ended, { job, outputFile }: ReplayOrder): readonly string[] {
  const after = `after ${durationText(milliseconds)}${end.slices > 1 ? `, in ${end.slices} slices` : ''}`;
  switch (end.kind) {
    case 'succeeded':
      return [
        `It has succeeded, ${after}. Nothing of it was stored.`,
        ...(end.output ? [streamed(end.output, outputFile)] : []),
      ];
    case 'failed':
      return [describeThrown(end.error, root), `It has failed, ${after}. ${consequence(end.isRetried, job)}`];
    case 'stopped':
      return end.isFenced
        ? [`It would go on later, ${after}, but it waits for what was refused.`]
        : [`It would go on, ${after}: a replay has ${maxSlices} slices at most.`];
  }
}

const durationText = (milliseconds: number): string =>
  milliseconds < 1000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(1)} s`;

const streamed = ({ bytes, contentType }: StoredObject, file: string | undefined): string =>
  `It has streamed ${bytes} bytes of ${contentType}: ${file === undefined ? '-o FILE keeps them' : `see ${file}`}.`;

const consequence = (isRetried: boolean, { attempt, maxAttempts }: ReplayOrder['job']): string => {
  if (isRetried)
    return `There would be another attempt: this was number ${Math.max(1, attempt)} of ${maxAttempts}.`;
  return attempt >= maxAttempts
    ? `The job would fail: it was the last attempt of ${maxAttempts}.`
    : 'The job would fail: the error is permanent, so no attempt is made again.';
};

function documentOf({ end, milliseconds, refused }: Ended): object {
  const common = { ending: end.kind, slices: end.slices, milliseconds, refused };
  switch (end.kind) {
    case 'succeeded': {
      const result: unknown = JSON.parse(end.result);
      const { bytes, contentType } = end.output ?? {};
      return { ...common, result, ...(end.output ? { output: { bytes, contentType } } : {}) };
    }
    case 'failed':
      return { ...common, error: describeError(end.error), retried: end.isRetried };
    case 'stopped':
      return common;
  }
}
