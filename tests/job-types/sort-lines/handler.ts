import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type JobHandler, PermanentError } from '../../../shared/author/index.ts';
import type { sortLines as contract } from './contract.ts';

export const sortLines: JobHandler<typeof contract> = async ({ objects, seconds, heldBy }, job) => {
  const { signal } = job;
  job.progress(0, 'sorting');
  const program = 'sleep "$1"; while [ -e "$2" ]; do sleep 0.2; done; LC_ALL=C sort';
  const child = spawn('sh', ['-c', program, 'sort-lines', String(seconds), heldBy], {
    signal,
    killSignal: 'SIGKILL',
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const all = async function* () {
    for (const object of objects) yield* job.object(object).stream();
  };
  const ended = once(child, 'close');
  const output = job.output({ contentType: 'text/plain' });
  await Promise.all([
    pipeline(Readable.from(all()), child.stdin, { signal }),
    (async () => {
      for await (const chunk of child.stdout) await output.write(chunk);
    })(),
  ]);
  const [code] = await ended;
  if (code !== 0) throw new PermanentError(`sort has ended with ${code}`);
  // As a library prints what it was given. Of a worker server, CloudWatch would take that as a metric.
  console.log(JSON.stringify({ _aws: { CloudWatchMetrics: [] }, printed: job.id, jobId: 'of another' }));
  job.progress(100, 'done');
  return { bytes: output.bytes };
};
