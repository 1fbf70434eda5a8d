import { contracts } from '../job-types/contracts.ts';
import type { Client } from './client.ts';
import { noFaults, serverFaults } from './faults.ts';
import { before } from './interposed-scenarios.ts';
import { largeResult, largeState, withSlowBucket } from './output-scenarios.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { type Counting, expectEvent, onServers, pausing, servers } from './server-scenarios.ts';
import type { World } from './world.ts';

const interrupted: Scenario = {
  name: 'a server stops before a job has ended that saves no state, and has but one attempt',
  settings: { servers: servers() },
  faults: serverFaults,
  arrange: onServers(pausing),
  act: async (client, world) => {
    await client.submit({ payload: { seconds: 8 }, maxAttempts: 1 });
    await client.pause(2_000);
    world.servers?.stop();
  },
  assert: (world) => {
    expectStatus(world, 'succeeded', ...(world.settings.plan ? ['failed'] : []));
    expectEvent(world, 'interrupted', 1);
  },
};

/** It is given up with its server. */
const deaf: Scenario = {
  name: 'a server stops while a job runs in its process that ignores its signal',
  settings: { servers: servers() },
  faults: serverFaults,
  arrange: (world) => {
    let isFirst = true;
    const handler: Counting = async (payload, job) => {
      if (!isFirst) return pausing(payload, job);
      isFirst = false;
      return new Promise(() => {});
    };
    onServers(handler, { isolate: false })(world);
  },
  act: async (client, world) => {
    const { job } = await client.insist({ key: 'k' });
    await client.until(job?.id ?? '', 'running');
    world.servers?.stopAll();
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    expectEvent(world, 'interrupted', 1);
  },
};

/** Only in its second run does it come to an end. */
const endless = (world: World): void =>
  onServers(async ({ seconds }, job) => {
    if ((world.table.items.get(job.id)?.run ?? 1) === 1) await job.pause(600);
    return { seconds };
  })(world);

/** Stops the servers again and again, as long as the job runs. */
async function interruptOnAndOn(id: string, client: Client, world: World): Promise<void> {
  while (await client.until(id, 'running')) {
    world.servers?.stopAll();
    await client.until(id, 'queued');
  }
}

const again: Scenario = {
  name: 'a job is interrupted until it fails, and is retried by the user',
  settings: { servers: servers({ count: 1, drainMs: 1_000 }) },
  faults: serverFaults,
  arrange: endless,
  act: async (client, world) => {
    const { job } = await client.insist({ key: 'k', maxAttempts: 2 });
    if (!job) return;
    await interruptOnAndOn(job.id, client, world);
    await client.retry(job.id);
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    expectEvent(world, 'interrupted', 9);
  },
};

const canceledWhile: Scenario = {
  name: 'a job is canceled right before it is interrupted, and retried',
  settings: { servers: servers({ count: 1, drainMs: 1_000 }) },
  faults: serverFaults,
  arrange: endless,
  act: async (client, world) => {
    const { job } = await client.insist({ key: 'k' });
    if (!job) return;
    before(
      world,
      (call) => call === 'interrupt',
      () => client.cancel(job.id),
      'worker',
    );
    await interruptOnAndOn(job.id, client, world);
    await client.retry(job.id);
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    expectEvent(world, 'canceled', 1);
  },
};

const interruptionsOf = (world: World, { id }: { readonly id: string }): number =>
  world.table.items.get(id)?.interruptions ?? 0;

const sleepsOnly = 2;

/** Each time it gets further, its interruptions are forgotten. Another one sleeps in its first slice, and is left alone. */
const getsFurther: Scenario = {
  name: 'a job is interrupted, sleeps, is interrupted, and hands over what it has saved',
  settings: { servers: servers({ count: 1, drainMs: 1_000 }) },
  faults: serverFaults,
  arrange: (world) =>
    onServers(async ({ seconds }, job) => {
      const passed = job.resume?.passed ?? 0;
      if (seconds !== sleepsOnly && passed < 2 && interruptionsOf(world, job) === 0) await job.pause(600);
      if (passed === 0) await job.sleep(5, { passed: 1 });
      if (seconds === sleepsOnly) return { seconds };
      if (passed === 1) {
        await job.checkpoint({ passed: 2 });
        await job.pause(600);
      }
      return { seconds };
    })(world),
  act: async (client, world) => {
    const { job } = await client.insist({ key: 'k' });
    if (job) await interruptOnAndOn(job.id, client, world);
    await client.insist({ key: 'another', payload: { seconds: sleepsOnly } });
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    expectEvent(world, 'interrupted', 2);
  },
};

/** Until a server is there again, its message is in the queue. */
const revived: Scenario = {
  name: 'an interrupted job is canceled, revived and interrupted again, and erased when it has ended',
  settings: { servers: servers({ count: 1, drainMs: 1_000 }) },
  faults: serverFaults,
  arrange: (world) =>
    onServers(async ({ seconds }, job) => {
      if (interruptionsOf(world, job) === 0) await job.pause(600);
      return { seconds };
    })(world),
  act: async (client, world) => {
    const { job } = await client.insist({ key: 'k' });
    if (!job) return;
    await client.until(job.id, 'running');
    world.servers?.stopAll();
    if (await client.until(job.id, 'queued')) {
      await client.cancel(job.id);
      await client.retry(job.id);
    }
    await interruptOnAndOn(job.id, client, world);
    await client.erase(job.id);
  },
};

/** The handler has returned, and the bucket takes its time with what the item has no room for. */
const stored = (name: string, bucketMs: number, times: number): Scenario => ({
  name,
  // What was put for an attempt that begins again is left to the lifecycle rules, as after any fault.
  settings: { servers: servers({ drainMs: 2_500 }), plan: noFaults },
  faults: serverFaults,
  arrange: (world) => {
    const contract = { ...contracts['csv-sums'], queue: 'server', timeoutSeconds: 600 } as const;
    world.contracts = { ...world.contracts, 'csv-sums': contract };
    withSlowBucket(bucketMs)(world);
  },
  act: async (client, world) => {
    const act = largeResult.act(client, world);
    await client.pause(500);
    world.servers?.stop();
    await act;
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    expectEvent(world, 'interrupted', times);
  },
});

/** Its answer comes when the server has exited: nothing of the attempt may go on then. */
const startsToUpload: Scenario = {
  name: 'the time of a server to stop is over while the upload of a streamed result begins',
  settings: { servers: servers({ count: 1, drainMs: 1_000 }), plan: noFaults },
  faults: serverFaults,
  arrange: (world) => {
    onServers(async ({ seconds }, job) => {
      await job.output().write('more than one part of what is streamed');
      return { seconds };
    })(world);
    const start = world.multipart.start.bind(world.multipart);
    let isFirst = true;
    world.multipart.start = async (object) => {
      if (isFirst) await world.time.pause(60_000);
      isFirst = false;
      return start(object);
    };
  },
  act: async (client, world) => {
    const { job } = await client.insist({ key: 'k', maxAttempts: 6 });
    await client.until(job?.id ?? '', 'running');
    world.servers?.stop();
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    expectEvent(world, 'interrupted', 1);
  },
};

/** The same of a state: neither the next object nor the renewal that was to store it may follow. */
const savesLate = (name: string, arrange: Scenario['arrange']): Scenario => ({
  name,
  settings: { servers: servers({ count: 1, drainMs: 1_000 }), plan: noFaults },
  faults: serverFaults,
  arrange: (world) => {
    const contract = { ...contracts['csv-sums'], queue: 'server', timeoutSeconds: 600 } as const;
    world.contracts = { ...world.contracts, 'csv-sums': contract };
    withSlowBucket(60_000, arrange)(world);
  },
  act: async (client, world) => {
    await largeState.act(client, world);
    await client.pause(8_000);
    world.servers?.stop();
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    expectEvent(world, 'interrupted', 1);
  },
});

/** The bytes that are not a part yet are in an object of their own, put after that of the state. */
const withOutput: Scenario['arrange'] = (world) => {
  largeState.arrange?.(world);
  const { 'csv-sums': csvSums } = world.handlers;
  world.handlers = {
    ...world.handlers,
    'csv-sums': async (payload, job) => {
      if (job.outputBytes === 0) await job.output().write('some bytes');
      return csvSums(payload, job);
    },
  };
};

/** Jobs that have not ended when their server must. */
export const interruptionScenarios: readonly Scenario[] = [
  startsToUpload,
  savesLate('the time of a server to stop is over while a large state is stored', largeState.arrange),
  savesLate('the same, of a job that streams its result', withOutput),
  stored('the time of a server to stop is over while a large result is stored', 1_800, 0),
  stored('the same, and the bucket takes longer than a server has then', 9_000, 1),
  interrupted,
  deaf,
  again,
  canceledWhile,
  getsFurther,
  revived,
];
