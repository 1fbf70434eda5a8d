import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { startCopiedSystem } from '../system/start-system.ts';
import { eventually } from './eventually.ts';
import { readJob } from './killed-system.ts';
import { withServer } from './scripted-server.ts';

/** `npm run test:long` sets more. */
const count = Number(process.env.STRICT_CALLS ?? 40);
const jobs = Math.max(4, Math.ceil(count / 250));
const timeoutMs = 120_000 + 1_000 * count;
/** An API of ten a second is called with ten a second: a strict line needs no margin. */
const most = 10;
const distanceMs = 1000 / most;

const contract = `import * as z from 'zod/mini';
import { defineJob } from '../../../shared/author/index.ts';

export const askBank = defineJob({
  payload: z.strictObject({ url: z.string(), calls: z.int() }),
  result: z.strictObject({ answers: z.int() }),
  hasSteps: true,
  partLimits: { bank: { key: 'bank', perSecond: ${most}, spacing: 'strict' } },
  timeoutSeconds: 45,
  maxAttempts: 3,
});
`;

const handler = `import type { JobHandler } from '../../../shared/author/index.ts';
import type { askBank as contract } from './contract.ts';

export const askBank: JobHandler<typeof contract> = async ({ url, calls }, job) => {
  for (let call = 0; call < calls; call += 1)
    await job.step(String(call), () =>
      job.limit('bank', async (signal) => (await fetch(url, { method: 'POST', signal })).status),
    );
  return { answers: calls };
};
`;

async function addType(project: string): Promise<void> {
  const types = join(project, 'tests/job-types');
  await mkdir(join(types, 'ask-bank'));
  await writeFile(join(types, 'ask-bank/contract.ts'), contract);
  await writeFile(join(types, 'ask-bank/handler.ts'), handler);
  const edits = [
    ['contracts.ts', './ask-bank/contract.ts', 'export const contracts = {'],
    ['handlers/standard.ts', '../ask-bank/handler.ts', "= {\n  'csv-sums'"],
  ] as const;
  for (const [file, from, at] of edits) {
    const text = await readFile(join(types, file), 'utf8');
    expect(text).toContain(at);
    const [begin = '', end = ''] = at.split('{');
    const edited = text.replace(at, `${begin}{ 'ask-bank': askBank,${end}`);
    await writeFile(join(types, file), `import { askBank } from '${from}';\n${edited}`);
  }
}

/** A call as the API sees it, in milliseconds of its own. */
interface Seen {
  readonly at: number;
  answeredAt: number;
}

test(
  'an API that bans a caller of eleven requests in a sliding second bans none that sends ten a second in a strict line',
  async () => {
    const seen: Seen[] = [];
    const system = await startCopiedSystem(addType, {});
    try {
      await withServer(
        async (response) => {
          const one = { at: performance.now(), answeredAt: Number.POSITIVE_INFINITY };
          seen.push(one);
          await pause(seen.length % 20);
          one.answeredAt = performance.now();
          response.writeHead(200).end();
        },
        async (url) => {
          const body = JSON.stringify({ type: 'ask-bank', payload: { url, calls: Math.ceil(count / jobs) } });
          const ids = await Promise.all(
            Array.from({ length: jobs }, async () => {
              const headers = { 'content-type': 'application/json' };
              const answer = await fetch(`${system.address}/jobs`, { method: 'POST', headers, body });
              expect(answer.status).toBe(202);
              return String(answer.headers.get('location')).split('/').at(-1) ?? '';
            }),
          );
          for (const id of ids)
            await eventually(
              async () => (await readJob(system, id)).status === 'succeeded' || undefined,
              `the end of ${id}`,
              timeoutMs,
            );
        },
      );
    } finally {
      await system.stop();
    }
    const inOneSecond = seen.map(({ at }) => seen.filter((one) => one.at >= at && one.at < at + 1000).length);
    const distances = seen.slice(1).map(({ at }, index) => at - (seen[index]?.answeredAt ?? 0));
    console.log(
      `${seen.length} calls in ${Math.round(((seen.at(-1)?.at ?? 0) - (seen[0]?.at ?? 0)) / 1000)} s, ` +
        `${Math.max(...inOneSecond)} in one second at most, ` +
        `${Math.min(...distances).toFixed(1)} ms after an answer at least`,
    );
    expect(seen.length).toBeGreaterThanOrEqual(count);
    expect(Math.max(...inOneSecond)).toBeLessThanOrEqual(most);
    expect(Math.min(...distances)).toBeGreaterThanOrEqual(distanceMs);
  },
  timeoutMs,
);
