import { logOfAttempt } from '../../../shared/domain/observe/log-job-line.ts';

/**
 * Writes lines as a function does that starts, and runs a job twice, by the logger of a module: once in each of some environments, with
 * a line before each. The clock stands, and the console is that of Lambda's runtime, which puts each line into another one.
 */
const [module = '', environments = '[]'] = process.argv.slice(2);

const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(value: number | string = 1_760_000_000_123) {
    super(value);
  }
} as DateConstructor;
const { stdout, stderr } = process;
for (const method of ['log', 'debug', 'info', 'trace'] as const)
  globalThis.console[method] = (text) => void stdout.write(`wrapped ${method}: ${text}\n`);
for (const method of ['warn', 'error'] as const)
  globalThis.console[method] = (text) => void stderr.write(`wrapped ${method}: ${text}\n`);

const { createLog }: typeof import('../../../shared/aws/observe/logger.ts') = await import(module);

const levels = ['debug', 'info', 'warn', 'error'] as const;

async function write(): Promise<void> {
  const log = createLog('worker', process.env);
  for (const level of levels) log[level]('a cold start', { level: 'x', at: new RealDate(0), isCold: true });

  for (const attempt of [1, 2]) {
    const job = { jobId: 'a job', tenant: 'acme', run: 1, attempt };
    const ofLambda = { requestId: process.env.REQUEST_ID ?? '', messageId: 'm', traceparent: '00-1-2-01' };
    const own = logOfAttempt(log, { ...job, ...ofLambda, queue: 'standard' });
    for (const level of levels) own[level]('a line of a handler', { page: attempt, jobId: 'theirs' });
    own.info('attempt ended', {
      tenant: 'theirs',
      _aws: { CloudWatchMetrics: [] },
      JobsFailed: 7,
      list: [1n],
    });
    const cause = new TypeError('why', { cause: new RangeError('a third') });
    own.error('it failed', {
      error: Object.assign(new Error('no', { cause }), { code: 'E1', at: { page: 2 } }),
    });
    await new Promise((done) => setImmediate(done));
  }
}

for (const environment of JSON.parse(environments)) {
  process.env = environment;
  stdout.write('environment\n');
  stderr.write('environment\n');
  await write();
}
