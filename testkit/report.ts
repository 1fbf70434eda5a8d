import { type Finding, type FindingKind, remedies } from './findings.ts';
import { type Call, type Cut, cutRules, writeCut } from './play/cut.ts';
import { isOfChild } from './play/cut-children.ts';

/** A run in which something was found. */
export interface Failure {
  /** Absent: the undisturbed run. */
  readonly cut?: Cut;
  readonly calls: readonly Call[];
  readonly findings: readonly Finding[];
  readonly trace: readonly string[];
}

interface Tested {
  readonly name: string;
  readonly failures: readonly Failure[];
  /** How many runs there were. */
  readonly runs: number;
  /** The command that runs the test, without the cut. */
  readonly command: string;
}

/** A job does not survive, or has another fault. */
export class JobTestError extends Error {
  override readonly name = 'JobTestError';
  /** What was found, each kind once. */
  readonly kinds: readonly FindingKind[];
  readonly failures: readonly Failure[];

  constructor(tested: Tested) {
    super(reportText(tested));
    this.failures = tested.failures;
    this.kinds = kindsOf(tested.failures);
  }
}

/**
 * What names a cause comes first, and then the job's own error: it says more than what the job has not done because of
 * it.
 */
const leastUseful: readonly FindingKind[] = ['wrong end', 'effect missing', 'wrong result'];

function kindsOf(failures: readonly Failure[]): readonly FindingKind[] {
  const kinds = [...new Set(failures.flatMap(({ findings }) => findings.map(({ kind }) => kind)))];
  return kinds.toSorted((one, other) => leastUseful.indexOf(one) - leastUseful.indexOf(other));
}

const maxLines = 4;
const maxTrace = 60;

function reportText({ name, failures, runs, command }: Tested): string {
  const [first] = failures;
  const head =
    first?.cut || runs > 1
      ? `${name}: ${failures.length} of ${runs} cuts fail`
      : `${name}: the undisturbed run has a fault, so nothing was cut yet`;
  return [head, ...kindsOf(failures).map((kind) => sectionOf(kind, failures, command))].join('\n\n');
}

/** One kind of fault: a line for each failing cut, what to do, and what happened in the first of them. */
function sectionOf(kind: FindingKind, failures: readonly Failure[], command: string): string {
  const failing = failures.flatMap((failure) => {
    const finding = failure.findings.find((each) => each.kind === kind);
    return finding ? [{ failure, finding }] : [];
  });
  const lines = failing.map(({ failure, finding }) => `  ${kind}: ${lineOf(failure, finding, command)}`);
  const more = lines.length > maxLines ? [`  and ${lines.length - maxLines} more cuts`] : [];
  const trace = failing[0]?.failure.trace ?? [];
  return [
    ...lines.slice(0, maxLines),
    ...more,
    `  To do: ${remedies[kind]}.`,
    '  What happened:',
    ...shortened(trace).map((line) => `    ${line}`),
  ].join('\n');
}

function lineOf({ cut, calls }: Failure, { detail }: Finding, command: string): string {
  if (!cut) return detail;
  const call = calls[cut.at - 1];
  const what = isOfChild(cut) ? `child ${cut.at}` : `call ${cut.at} (${call?.name ?? 'none'})`;
  return `${detail}, when ${cutRules[cut.kind].text} ${what}. Replay: CUT=${writeCut(cut)} ${command}`;
}

const shortened = (trace: readonly string[]): readonly string[] =>
  trace.length <= maxTrace
    ? trace
    : [
        ...trace.slice(0, maxTrace / 2),
        `... ${trace.length - maxTrace} lines ...`,
        ...trace.slice(-maxTrace / 2),
      ];
