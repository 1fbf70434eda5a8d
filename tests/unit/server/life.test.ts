import { once } from 'node:events';
import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startHealth } from '../../../server/health.ts';
import { stopOnSignals } from '../../../server/stop-on-signals.ts';
import { TaskProtection } from '../../../server/task-protection.ts';
import { ConfigError } from '../../../shared/domain/base/errors.ts';
import { FixedClock } from '../../../testkit/fakes/fixed.ts';
import { recordedLog } from '../../../testkit/fakes/recorded-log.ts';

const aStop = () => {
  const clock = new FixedClock();
  const { requested, drained } = stopOnSignals({ drainSeconds: 30, clock, log: recordedLog() });
  return { clock, steps: () => [requested.aborted, drained.aborted] };
};

describe('stop on signals', () => {
  test('a signal requests the stop, and the time to end runs out after the drain seconds', async () => {
    const { clock, steps } = aStop();
    expect(steps()).toEqual([false, false]);
    process.emit('SIGTERM', 'SIGTERM');
    expect(steps()).toEqual([true, false]);
    await clock.advance(29_999);
    expect(steps()).toEqual([true, false]);
    await clock.advance(1);
    expect(steps()).toEqual([true, true]);
  });

  test('a second signal ends that time at once', async () => {
    const { clock, steps } = aStop();
    process.emit('SIGINT', 'SIGINT');
    await clock.advance(1_000);
    process.emit('SIGTERM', 'SIGTERM');
    expect(steps()).toEqual([true, true]);
  });

  test('one Ctrl-C that comes twice, from the terminal and from npm, is no second signal', async () => {
    const { clock, steps } = aStop();
    process.emit('SIGINT', 'SIGINT');
    process.emit('SIGINT', 'SIGINT');
    await clock.advance(999);
    process.emit('SIGINT', 'SIGINT');
    expect(steps()).toEqual([true, false]);
  });
});

describe('health', () => {
  const metrics = () => 'job_worker_jobs_succeeded_total{queue="long"} 1\n';

  test('a server is live as long as it answers, and ready while it takes jobs', async () => {
    let isReady = true;
    const server = await startHealth({
      port: 0,
      state: () => ({ isReady, running: 2 }),
      metrics,
    });
    const { port } = server.address() as AddressInfo;
    const get = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return { status: response.status, body: await response.json() };
    };
    expect(await get('/ready')).toEqual({ status: 200, body: { ready: true, running: 2 } });
    isReady = false;
    expect(await get('/ready')).toEqual({ status: 503, body: { ready: false, running: 2 } });
    expect(await get('/live')).toEqual({ status: 200, body: { live: true } });
    expect(await get('/')).toMatchObject({ status: 404 });
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toBe(metrics());
    server.closeAllConnections();
    server.close();
  });

  test('a worker of this machine answers no page, and listens on the loopback interface only', async () => {
    const server = await startHealth({
      port: 0,
      allowedHosts: [],
      state: () => ({ isReady: true }),
      metrics,
    });
    const { port, address } = server.address() as AddressInfo;
    const statusOf = (headers: Record<string, string>) =>
      new Promise((resolve) => {
        get({ port, path: '/live', headers }, (response) => resolve(response.resume().statusCode));
      });
    expect(address).toBe('127.0.0.1');
    expect(await statusOf({ host: `localhost:${port}` })).toBe(200);
    expect(await statusOf({ host: 'evil.example' })).toBe(403);
    expect(await statusOf({ origin: 'http://127.0.0.1:3000' })).toBe(403);
    server.closeAllConnections();
    server.close();
  });

  test('a port that is taken is a mistake in the configuration, and is named', async () => {
    const state = () => ({ isReady: true });
    const server = await startHealth({ port: 0, state, metrics });
    const { port } = server.address() as AddressInfo;
    const second = startHealth({ port, state, metrics });
    await expect(second).rejects.toThrow(ConfigError);
    await expect(second).rejects.toThrow(`The health port ${port} cannot be listened on`);
    server.close();
  });
});

type Body = { readonly ProtectionEnabled: boolean; readonly ExpiresInMinutes?: number };

/** ECS's agent. It answers when the test says so, or at once. */
class Agent {
  readonly requests: Body[] = [];
  readonly #server: Server;
  /** Of the requests that are not answered yet. */
  readonly #held: (() => void)[] = [];
  #arrived = () => {};
  isHeld = false;
  /** What it answers instead of a protection. */
  refusal: { readonly status: number; readonly text: string } | undefined;

  constructor() {
    this.#server = createServer(async (request, response) => {
      const body = (await json(request)) as Body;
      expect([request.method, request.url]).toEqual(['PUT', '/api/task-protection/v1/state']);
      this.requests.push(body);
      const { status, text } = this.refusal ?? {
        status: 200,
        text: JSON.stringify({ protection: { ...body, TaskArn: 'arn' } }),
      };
      const answer = () => response.writeHead(status).end(text);
      if (this.isHeld) this.#held.push(answer);
      else answer();
      this.#arrived();
    });
  }

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api`;
  }

  /** Resolves as soon as the agent has had so many requests. */
  async received(count: number): Promise<readonly Body[]> {
    while (this.requests.length < count)
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    return this.requests;
  }

  answerAll(): void {
    this.isHeld = false;
    for (const answer of this.#held.splice(0)) answer();
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** A clock whose sleeps end when the test says so. */
class HeldClock {
  readonly sleeps: number[] = [];
  #wake = () => {};
  #slept = () => {};

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    this.sleeps.push(milliseconds);
    this.#slept();
    return new Promise((resolve) => {
      this.#wake = resolve;
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Resolves in the sleep of this number. */
  async inSleep(count: number): Promise<readonly number[]> {
    while (this.sleeps.length < count)
      await new Promise<void>((resolve) => {
        this.#slept = resolve;
      });
    return this.sleeps;
  }

  wake(): void {
    this.#wake();
  }
}

const minute = 60_000;
const [on, off] = [{ ProtectionEnabled: true, ExpiresInMinutes: 60 }, { ProtectionEnabled: false }];
let agent: Agent;
let clock: HeldClock;
let log: ReturnType<typeof recordedLog>;
let protection: TaskProtection;

describe('task protection', () => {
  beforeEach(async () => {
    agent = new Agent();
    clock = new HeldClock();
    log = recordedLog();
    protection = new TaskProtection({ agentUri: await agent.start(), clock, log });
  });
  afterEach(() => agent.stop());

  test('a task is protected with its first job, for longer than to the renewal, and released after its last', async () => {
    protection.onRunning(1);
    expect(await agent.received(1)).toEqual([on]);
    protection.onRunning(2);
    protection.onRunning(1);
    expect(await clock.inSleep(1)).toEqual([10 * minute]);
    clock.wake();
    expect(await agent.received(2)).toEqual([on, on]);
    await clock.inSleep(2);
    protection.onRunning(0);
    expect(await agent.received(3)).toEqual([on, on, off]);
  });

  test('a release waits for the answer to the protection before it, and a protection for that to the release', async () => {
    agent.isHeld = true;
    protection.onRunning(1);
    await agent.received(1);
    protection.onRunning(0);
    agent.answerAll();
    expect(await agent.received(2)).toEqual([on, off]);
    agent.isHeld = true;
    protection.onRunning(1);
    await agent.received(3);
    protection.onRunning(0);
    protection.onRunning(1);
    expect(agent.requests).toEqual([on, off, on]);
    agent.answerAll();
    // The last word is that a job runs.
    await clock.inSleep(1);
    expect(agent.requests.at(-1)).toEqual(on);
  });

  test.each([
    ['refuses', { status: 400, text: '{"failure":{"Reason":"DEPLOYMENT_BLOCKED"}}' }],
    ['reports a failure as a success', { status: 200, text: '{"failure":{"Reason":"DEPLOYMENT_BLOCKED"}}' }],
    ['answers something else', { status: 200, text: 'hello' }],
  ])('if the agent %s, the same is asked again soon, until it is done', async (_what, refusal) => {
    agent.refusal = refusal;
    protection.onRunning(1);
    expect(await clock.inSleep(1)).toEqual([minute / 2]);
    agent.refusal = undefined;
    clock.wake();
    expect(await clock.inSleep(2)).toEqual([minute / 2, 10 * minute]);
    expect(agent.requests).toEqual([on, on]);
    expect(log.lines).toMatchObject([
      { message: 'task protection refused', fields: { isWanted: true, answer: refusal.text } },
    ]);
  });

  test('a release that failed is repeated too, but not if a job has begun since', async () => {
    protection.onRunning(1);
    await clock.inSleep(1);
    agent.refusal = { status: 500, text: '' };
    protection.onRunning(0);
    await clock.inSleep(2);
    agent.refusal = undefined;
    protection.onRunning(1);
    await clock.inSleep(3);
    expect(agent.requests).toEqual([on, off, on]);
  });

  test('an agent that cannot be reached is an entry in the log, and nothing more', async () => {
    agent.stop();
    protection.onRunning(1);
    expect(await clock.inSleep(1)).toEqual([minute / 2]);
    expect(log.lines).toMatchObject([{ message: 'task protection not set' }]);
  });

  test('outside ECS nothing is asked', async () => {
    const elsewhere = new TaskProtection({ agentUri: undefined, clock, log });
    elsewhere.onRunning(1);
    elsewhere.onRunning(0);
    protection.onRunning(1);
    expect(await agent.received(1)).toEqual([on]);
    expect(log.lines).toEqual([]);
  });
});
