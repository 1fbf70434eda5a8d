/**
 * A process that has one function, as Lambda has. Its parent sends events, and gets what they took. It imports nothing
 * else, so that it is the function's time and memory that are measured.
 */

export interface Invocations {
  /** Imports the function, which counts. */
  readonly bundle?: string;
  readonly events: readonly unknown[];
}

export interface Took {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly answers: readonly unknown[];
}

const context = {
  functionName: 'bench',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:bench',
  memoryLimitInMB: '1024',
  awsRequestId: '00000000-0000-4000-8000-000000000000',
  logGroupName: 'bench',
  logStreamName: 'bench',
  callbackWaitsForEmptyEventLoop: false,
  getRemainingTimeInMillis: () => 60_000,
};

let handler: (event: unknown, given: typeof context) => unknown;

async function run({ bundle, events }: Invocations): Promise<Took> {
  const answers: unknown[] = [];
  const cpu = process.cpuUsage();
  const start = performance.now();
  if (bundle !== undefined) ({ handler } = await import(bundle));
  for (const event of events) answers.push(await handler(event, context));
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs, cpuMs: (user + system) / 1000, answers };
}

process.on('message', (message: Invocations) => {
  run(message).then(
    (took) => process.send?.(took),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
});
