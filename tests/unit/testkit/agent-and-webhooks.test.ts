import { describe, expect, it } from '@jest/globals';
import * as z from 'zod/mini';
import { defineJob, type JobHandler, PermanentError, RetryAfterError } from '../../../shared/author/index.ts';
import { childHandler } from '../../../testkit/children.ts';
import { cutEverywhere } from '../../../testkit/cut-everywhere.ts';
import { anyNumber, atLeastOnce, keyedBy } from '../../../testkit/effects.ts';
import { runJob } from '../../../testkit/run-job.ts';

/** Two jobs that teams write first: an agent with tools, and an event for many receivers. */

const agentContract = defineJob({
  payload: z.strictObject({ task: z.string() }),
  result: z.object({ answer: z.string(), calls: z.int() }),
  hasSteps: true,
  timeoutSeconds: 45,
  maxAttempts: 5,
});

/** What a model says next: a tool to be called, or the answer. */
type Turn = { readonly tool: string; readonly input: string } | { readonly answer: string };
interface Agent {
  think(request: { readonly said: readonly string[]; readonly signal: AbortSignal }): Promise<Turn>;
  callTool(call: {
    readonly key: string;
    readonly tool: string;
    readonly input: string;
    readonly signal: AbortSignal;
  }): Promise<string>;
}

const maxCalls = 10;

const runAgent =
  ({ think, callTool }: Agent): JobHandler<typeof agentContract> =>
  async ({ task }, job) => {
    const { signal } = job;
    const said = [task];
    for (let calls = 0; calls < maxCalls; calls += 1) {
      const turn = await job.step(`think ${calls}`, () => think({ said, signal }));
      if ('answer' in turn) return { answer: turn.answer, calls };
      const key = `${job.id}/${calls}`;
      said.push(await job.step(`tool ${calls}`, () => callTool({ key, ...turn, signal })));
    }
    throw new PermanentError(`no answer after ${maxCalls} calls`);
  };

const script: readonly Turn[] = [
  { tool: 'stock', input: 'chairs' },
  { tool: 'order', input: '3 chairs' },
  { answer: 'ordered' },
];
/** A model seldom says the same twice: what was said last is what counts. */
const agentEffects = () => ({
  think: anyNumber(
    async ({ said }: Parameters<Agent['think']>[0]): Promise<Turn> =>
      script[said.length - 1] ?? { answer: 'lost' },
  ),
  callTool: keyedBy(
    ({ key }: Parameters<Agent['callTool']>[0]) => key,
    async ({ tool, input }: Parameters<Agent['callTool']>[0]) => `${tool} of ${input}: yes`,
  ),
});

describe('an agent with tools', () => {
  const type = { contract: agentContract, handlerWith: runAgent };

  it('calls each tool once, whatever is cut, and goes on from what it has been told', async () => {
    const run = await runJob(type, { task: 'chairs' }, { effects: agentEffects });
    expect(run.result).toEqual({ answer: 'ordered', calls: 2 });
    expect(run.effects.callTool).toHaveLength(2);
    await cutEverywhere(type, { task: 'chairs' }, { effects: agentEffects });
  });

  it('ends if it finds no answer', async () => {
    const effects = () => ({
      ...agentEffects(),
      think: anyNumber(async (): Promise<Turn> => script[0] as Turn),
    });
    const { status, error } = await runJob(type, { task: 'chairs' }, { effects });
    expect([status, error?.message]).toEqual(['failed', 'no answer after 10 calls']);
  });
});

const delivery = defineJob({
  payload: z.strictObject({ event: z.string(), url: z.url() }),
  result: z.object({ status: z.int() }),
  limits: [{ key: ({ url }) => url, perSecond: 5 }],
  timeoutSeconds: 20,
  maxAttempts: 10,
});
const fanOutContract = defineJob({
  payload: z.strictObject({ event: z.string(), urls: z.array(z.url()).check(z.maxLength(100)) }),
  result: z.object({ delivered: z.int(), failed: z.array(z.url()) }),
  hasSteps: true,
  timeoutSeconds: 45,
  maxAttempts: 5,
});

interface Webhook {
  readonly url: string;
  /** The same in every attempt: a receiver knows by this what it has seen. */
  readonly id: string;
  readonly signal: AbortSignal;
}
type Post = (webhook: Webhook) => Promise<number>;

const deliver =
  ({ post }: { readonly post: Post }): JobHandler<typeof delivery> =>
  async ({ url }, job) => {
    const status = await post({ url, id: job.id, signal: job.signal });
    if (status === 410) throw new PermanentError(`${url} is gone`);
    if (status === 503) throw new RetryAfterError(60, `${url} asks for patience`);
    return { status };
  };

const fanOut: JobHandler<typeof fanOutContract> = async ({ event, urls }, job) => {
  const batch = await job.spawn('deliveries', delivery, {
    list: urls.map((url) => ({ event, url })),
    tags: ({ url }) => [new URL(url).host],
  });
  const { succeeded: delivered } = await batch.settled();
  const failed: string[] = [];
  for await (const child of batch.results())
    if (child.status !== 'succeeded') failed.push(...urls.slice(child.index, child.index + 1));
  return { delivered, failed };
};

describe('an event for 40 receivers', () => {
  const urls = Array.from({ length: 40 }, (_, index) => `https://receiver-${index}.example.com/hook`);

  it('reaches all but the one that is gone', async () => {
    const seen = new Set<string>();
    const post: Post = async ({ url, id }) => {
      if (url.includes('receiver-7.')) return 410;
      seen.add(`${url} ${id}`);
      return 200;
    };
    const children = { delivery: childHandler(delivery, deliver({ post })) };
    const type = { contract: fanOutContract, handler: fanOut };
    const run = await runJob(type, { event: 'order.paid', urls }, { children });
    expect(run.result).toEqual({ delivered: 39, failed: [urls[7]] });
    expect(seen.size).toBe(39);
    await cutEverywhere(type, { event: 'order.paid', urls: urls.slice(6, 9) }, { children });
  });

  it('is posted under one id for each receiver, also to one that asks for patience', async () => {
    const effects = () => {
      let patience = 2;
      const post: Post = async () => (patience-- > 0 ? 503 : 200);
      return { post: atLeastOnce(post) };
    };
    const payload = { event: 'order.paid', url: 'https://receiver.example.com/hook' };
    const type = { contract: delivery, handlerWith: deliver };
    const run = await runJob(type, payload, { effects });
    const ids = run.effects.post?.map(([webhook]) => Object(webhook).id);
    expect([run.attempts, ids?.length, new Set(ids).size]).toEqual([1, 3, 1]);
    await cutEverywhere(type, payload, { effects });
  });
});
