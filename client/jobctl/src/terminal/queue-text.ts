import { durationText } from './job-text.ts';
import type { Colors } from './output.ts';
import { plainText } from './plain-text.ts';

/** A queue of the stage, as `GET /queues` has it. */
export interface Queue {
  readonly name: string;
  /** Messages that can be received now. */
  readonly visible: number;
  /** Received and not deleted, or invisible until later. */
  readonly inFlight: number;
  readonly delayed: number;
  readonly oldestSeconds?: number | undefined;
}

const failedJobs =
  'messages that were received 1000 times. Their jobs fail: see `jobctl list --status failed`, and docs/runbook.md#failed-jobs';

/** What it means that one of these is not empty. */
const troubles: Readonly<Record<string, string>> = {
  'dead-letter': failedJobs,
  'dead-letter.fifo': failedJobs,
  quarantine: 'messages that belong to no job wait for a person: docs/runbook.md#quarantine',
  'notify-dead-letter':
    'somebody could not be told that a job has ended: docs/notifications.md#when-it-is-given-up',
};

const troubleOf = ({ name, visible, inFlight, delayed }: Queue): string | undefined =>
  visible + inFlight + delayed > 0 && Object.hasOwn(troubles, name) ? troubles[name] : undefined;

/** A table for people. A queue that must be empty and is not has a mark, and says below what to do. */
export function describeQueues(queues: readonly Queue[], colors: Colors): string {
  const hasAges = queues.some(({ oldestSeconds }) => oldestSeconds !== undefined);
  const header = ['queue', 'ready', 'in flight', 'delayed', ...(hasAges ? ['oldest message'] : [])];
  const rows = queues.map((queue) => cellsOf(queue).slice(0, header.length));
  const widths = header.map((name, column) =>
    Math.max(name.length, ...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  const line = ([name = '', ...figures]: readonly string[]): string => {
    const [width = 0, ...others] = widths;
    return [name.padEnd(width), ...figures.map((text, index) => text.padStart(others[index] ?? 0))].join(
      '  ',
    );
  };
  const lines = queues.map((queue, index) => {
    const text = line(rows[index] ?? []);
    return troubleOf(queue) === undefined ? `  ${text}` : colors.red(`! ${text}`);
  });
  const advice = queues.flatMap((queue) => {
    const trouble = troubleOf(queue);
    return trouble === undefined ? [] : [`${colors.red(`! ${queue.name}:`)} ${trouble}`];
  });
  return [colors.dim(`  ${line(header)}`), ...lines, ...(advice.length > 0 ? ['', ...advice] : [])].join(
    '\n',
  );
}

const cellsOf = ({ name, visible, inFlight, delayed, oldestSeconds }: Queue): readonly string[] => [
  plainText(name),
  String(visible),
  String(inFlight),
  String(delayed),
  oldestSeconds === undefined ? '-' : ageText(oldestSeconds),
];

const ageText = (seconds: number): string =>
  seconds < 60 ? `${Math.round(seconds)} s` : durationText(seconds * 1000);
