import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';

/** The queues that a server can receive from. */
export const servedQueues = ['standard', 'long', 'ordered', 'server'] as const;
export type ServedQueue = (typeof servedQueues)[number];

export interface ServerOptions {
  readonly queues: readonly ServedQueue[];
  /** How many jobs of each queue run at a time. */
  readonly concurrency: number;
  /** How long a stop waits for jobs that save no state. */
  readonly drainSeconds: number;
  /** A deployed stage. Without it: that of the environment, or else the running `npm start`. */
  readonly stage?: string | undefined;
  /** Where `/live` and `/ready` are. */
  readonly healthPort?: number | undefined;
}

const whole =
  (min: number, max: number) =>
  (value: string): number => {
    if (/^\d+$/.test(value) && Number(value) >= min && Number(value) <= max) return Number(value);
    throw new InvalidArgumentError(`Use a whole number, ${min} to ${max}.`);
  };

const isServed = (name: string): name is ServedQueue => servedQueues.some((served) => served === name);

function queuesIn(value: string): readonly ServedQueue[] {
  const names = [...new Set(value.split(',').map((name) => name.trim()))];
  if (!names.every(isServed))
    throw new InvalidArgumentError(`Use a comma list of ${servedQueues.join(', ')}.`);
  return names;
}

const maxConcurrency = 1_000;
const maxDrainSeconds = 24 * 3600;

/**
 * Reads the command line, and the environment for what it does not say.
 * @throws CommanderError if there is something wrong with it, which has been printed then
 */
export function parseServerOptions(argv: readonly string[]): ServerOptions {
  const { stage, ...options } = new Command('worker')
    .description(
      'Runs jobs on this machine (docs/servers.md). SIGTERM and Ctrl-C stop it; a second one at once.',
    )
    .addOption(
      new Option('--queues <list>', `which queues to receive from: ${servedQueues.join(', ')}`)
        .env('QUEUES')
        .argParser(queuesIn)
        .default(['server'], 'server'),
    )
    .addOption(
      new Option('--concurrency <number>', 'how many jobs of each queue run at a time')
        .env('CONCURRENCY')
        .argParser(whole(1, maxConcurrency))
        .default(availableParallelism(), 'the number of processors'),
    )
    .addOption(
      new Option('--drain-seconds <seconds>', 'how long a stop waits for jobs that save no state')
        .env('DRAIN_SECONDS')
        .argParser(whole(0, maxDrainSeconds))
        .default(100),
    )
    .addOption(
      new Option(
        '--stage <stage>',
        'a deployed stage; default: that of the environment, or else the running `npm start`',
      ).env('STAGE'),
    )
    .addOption(
      new Option('--health-port <port>', 'where GET /live and /ready are; default: nowhere')
        .env('HEALTH_PORT')
        .argParser(whole(1, 65_535)),
    )
    .allowExcessArguments(false)
    .exitOverride()
    .parse(argv)
    .opts<ServerOptions>();
  // A variable may be empty.
  return stage ? { ...options, stage } : options;
}
