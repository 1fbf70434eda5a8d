import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileObjects } from '../../scripts/replay/file-objects.ts';
import { narrator } from '../../scripts/replay/narrator.ts';
import { replayClock } from '../../scripts/replay/replay-clock.ts';
import { replayJob } from '../../scripts/replay/replay-job.ts';
import type { ReplayOrder } from '../../scripts/replay/replay-order.ts';
import type { JobContract } from '../../shared/author/contract.ts';
import type { JobHandler } from '../../shared/author/handler.ts';
import { FixedClock, fixedRandom } from '../../testkit/fakes/fixed.ts';
import { jobId } from './samples.ts';

export const anOrder = (
  over: Partial<Omit<ReplayOrder, 'job'>> & { readonly job?: object } = {},
): ReplayOrder => ({
  payload: null,
  objects: {},
  allow: [],
  isJson: false,
  ...over,
  job: {
    id: jobId,
    type: 'tried',
    tenant: 'a tenant',
    run: 1,
    attempt: 1,
    maxAttempts: 3,
    fencingToken: 5,
    submittedAt: '2026-01-02T03:04:04.678Z',
    error: null,
    ...over.job,
  },
});

/** Replays jobs of one type, in a folder of its own. `refused` is what the fence has refused. */
export async function replaying<Contract extends JobContract>(
  contract: Contract,
  handler: JobHandler<Contract>,
) {
  const folder = await mkdtemp(join(tmpdir(), 'replaying-'));
  const refused = new Set<string>();
  let told = '';
  const write = (text: string) => {
    told += text;
  };
  const telling = narrator({ write, now: () => 0 });
  const put = async (name: string, text: string): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, text);
    return file;
  };
  return {
    refused,
    told: () => told,
    /** Writes a file. @returns where it is */
    put,
    fileOf: (name: string) => join(folder, name),
    replay: async (order: ReplayOrder) => {
      const files = fileObjects(folder, order.objects);
      const end = await replayJob(order, {
        contracts: { tried: contract },
        handlers: { tried: handler },
        clock: replayClock(new FixedClock()),
        random: fixedRandom(),
        files,
        fence: { refused },
        narrator: telling,
      });
      return { end, files };
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
