import { copyFile } from 'node:fs/promises';
import inspector from 'node:inspector';
import { contracts } from '#job-types/contracts.ts';
import { contractOf } from '../../shared/author/contract.ts';
import type { AnyHandler } from '../../shared/author/handler.ts';
import { systemClock, systemRandom } from '../../shared/aws/clients.ts';
import type { Fence } from './fence.ts';
import { fileObjects } from './file-objects.ts';
import type { Narrator } from './narrator.ts';
import { replayClock } from './replay-clock.ts';
import { replayHandlers } from './replay-handlers.ts';
import { replayJob } from './replay-job.ts';
import type { ReplayOrder } from './replay-order.ts';
import { type Report, reportEnd } from './report-end.ts';

interface Surroundings {
  readonly fence: Fence;
  readonly narrator: Narrator;
  /** Where the job's files are. */
  readonly folder: string;
  /** Of the clone. */
  readonly root: string;
}

/** Exit codes of jobctl. */
const [usage, notFound] = [2, 3];

/** Runs the job that is ordered. Loads every handler, so the fence must be closed by now. */
export async function replay(order: ReplayOrder, surroundings: Surroundings): Promise<Report> {
  const { fence, narrator, folder, root } = surroundings;
  const { job, debuggerPort } = order;
  const files = fileObjects(folder, order.objects);
  const handlers = replayHandlers({ fence, objects: files.objects });
  const contract = contractOf(contracts, job.type);
  const handler = Object.hasOwn(handlers, job.type) ? handlers[job.type] : undefined;
  if (!contract || !handler) return refused(notFound, unknownType(job.type, Object.keys(handlers)));
  for (const line of introduction(order)) narrator.line(line);
  if (debuggerPort !== undefined && !openDebugger(debuggerPort, narrator.line))
    return refused(usage, `Port ${debuggerPort} cannot be opened. --port 0 takes a free one.`);
  const paused = debuggerPort === undefined ? handler : pausingBefore(handler);
  // Somebody who is in a debugger takes any time.
  const timeoutSeconds = debuggerPort === undefined ? contract.timeoutSeconds : Infinity;
  const late = () =>
    narrator.line(`It has not ended after ${timeoutSeconds} s, as its contract asks. Ctrl-C ends it.`);
  const timer = timeoutSeconds === Infinity ? undefined : setTimeout(late, timeoutSeconds * 1000);
  const startedAt = performance.now();
  const end = await replayJob(order, {
    contracts,
    handlers: { ...handlers, [job.type]: paused },
    clock: replayClock(systemClock),
    random: systemRandom,
    files,
    fence,
    narrator,
  });
  clearTimeout(timer);
  const milliseconds = Math.round(performance.now() - startedAt);
  const { outputFile } = order;
  if (end.kind === 'succeeded' && end.output && outputFile !== undefined)
    await copyFile(files.fileOf(end.output.name), outputFile).catch(({ message }: Error) =>
      narrator.line(`${outputFile} cannot be written: ${message}`),
    );
  return reportEnd({ end, milliseconds, refused: [...fence.refused], root }, order, timeoutSeconds);
}

const refused = (code: number, line: string): Report => ({ code, answer: undefined, lines: [line] });

const unknownType = (type: string, known: readonly string[]): string =>
  `This clone has no job type "${type}", only ${known.toSorted().join(', ')}. Check out what the stage runs.`;

function introduction({ job, checkpointFile, objects }: ReplayOrder): readonly string[] {
  const from = checkpointFile === undefined ? 'from the beginning' : 'from the state that it saved';
  const { error } = job;
  return [
    `${job.type} ${job.id}, run ${job.run}, ${from}${Object.keys(objects).length > 0 ? ', with its objects' : ''}`,
    ...(error ? [`Last time it failed with ${error.name}: ${error.message}`] : []),
  ];
}

const host = '127.0.0.1';

/**
 * Opens this process for a debugger of this machine, and waits for one.
 * @param port 0: a free one
 * @param tell is told how to attach
 * @returns false if the port is taken
 */
function openDebugger(port: number, tell: (line: string) => void): boolean {
  // If it cannot listen, Node.js says so on the standard error, and goes on.
  inspector.open(port, host);
  const url = inspector.url();
  if (url === undefined) return false;
  for (const line of howToAttach(Number(new URL(url).port))) tell(line);
  inspector.waitForDebugger();
  return true;
}

const howToAttach = (port: number): readonly string[] => {
  const launch = { type: 'node', request: 'attach', name: 'replay', address: host, port };
  return [
    'Attach a debugger. It pauses right before the handler: two steps lead into it.',
    `  Chrome    chrome://inspect, with ${host}:${port} under "Configure"`,
    `  VS Code   in launch.json: ${JSON.stringify({ ...launch, continueOnAttach: true, skipFiles: ['<node_internals>/**'] })}`,
    `  terminal  npx node inspect ${host}:${port}`,
  ];
};

/** A handler that a debugger pauses right before its first call. Step into it from there. */
function pausingBefore(handler: AnyHandler): AnyHandler {
  let isFirst = true;
  return (payload, job) => {
    if (!isFirst) return handler(payload, job);
    isFirst = false;
    // biome-ignore lint/suspicious/noDebugger: it is what this is for
    debugger;
    return handler(payload, job); // step into the handler
  };
}
