import { afterAll, describe, expect, test } from '@jest/globals';
import { isolateJobs, jobProcessBeside } from '../../../../server/isolation/isolate-jobs.ts';
import { withCancel } from '../../../../shared/author/handler.ts';
import type { ObjectStore } from '../../../../shared/domain/objects/object-ports.ts';
import type { JobItem } from '../../../../shared/domain/state/job/item.ts';
import { FixedClock } from '../../../../testkit/fakes/fixed.ts';
import {
  InMemoryMultipartUploads,
  InMemoryObjectStore,
} from '../../../../testkit/fakes/in-memory-objects.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';
import { uploadedObject } from '../../../../testkit/objects.ts';
import { eventually } from '../../../integration/eventually.ts';
import { aDelivery, jobId } from '../../../set-ups/samples.ts';
import { aServer, removeFolders } from './a-server.ts';

const letters = Buffer.from('abcdefg'.repeat(100_000 + 1));

interface Expected {
  readonly status: string;
  readonly result?: unknown;
  readonly error?: { readonly name: string; readonly message: string };
}

const succeeded = (result: unknown) => ({ status: 'succeeded', result });
const failed = (name: string, message: string) => ({ status: 'failed', error: { name, message } });
const retried = (name: string, message: string) => ({ status: 'queued', error: { name, message } });
const noObject = { name: 'MissingObjectError', message: 'there is no such object', isPermanent: true };

const noType = {
  name: 'InvalidResultError',
  message: 'a content type has 1 to 256 characters of printable ASCII, as text/csv has',
  isPermanent: true,
};

const cases: readonly (readonly [probe: string, Expected & Partial<Record<keyof JobItem, unknown>>])[] = [
  [
    'data',
    succeeded({
      id: jobId,
      tenant: 'a tenant',
      run: 1,
      attempt: 1,
      outputBytes: 0,
      submittedAt: expect.any(Number),
    }),
  ],
  ['payload', succeeded('hello nobody')],
  ['clock', succeeded({ isNow: true, uuids: 2, uuid: 36 })],
  ['log', succeeded(null)],
  ['progress', { status: 'succeeded', progress: { percent: 42.3, message: null } }],
  ['pause', succeeded(null)],
  [
    'limit',
    succeeded([
      'called',
      { name: 'QuotaError', message: 'no', isPermanent: true },
      { name: 'StepError', message: 'the contract of this type has no part "other"', isPermanent: true },
    ]),
  ],
  [
    'strict limit',
    succeeded([
      'one',
      'other',
      ['one begins', 'one ends', 'other begins', 'other ends'],
      expect.objectContaining({ name: 'TimeoutError', message: 'The call had no answer within 1 s.' }),
    ]),
  ],
  [
    'limit far away',
    {
      status: 'waiting',
      attempt: 0,
      turn: { of: 'hour (all tenants)', at: expect.any(Number), until: expect.any(Number) },
    },
  ],
  ['checkpoint', { ...retried('Error', 'after a checkpoint'), checkpoint: '{"n":1,"list":[1]}' }],
  [
    'wrong checkpoint',
    succeeded({
      name: 'CheckpointError',
      message: expect.stringContaining('does not fit'),
      isPermanent: true,
    }),
  ],
  [
    'checkpoint without a clone',
    succeeded({ name: 'CheckpointError', message: expect.any(String), isPermanent: true }),
  ],
  ['sleep', { status: 'waiting', checkpoint: '{"n":7}', notBefore: expect.any(Number) }],
  [
    'wrong sleep',
    succeeded({ name: 'RangeError', message: 'a job cannot sleep for -1 seconds', isPermanent: false }),
  ],
  ['caught sleep', { status: 'waiting', checkpoint: '{"n":7}' }],
  [
    'object',
    succeeded({ size: letters.length, read: letters.length, isWhole: true, rest: 'abcdefg', hasFirst: true }),
  ],
  ['output of no type', succeeded(Array(4).fill(noType))],
  [
    'output of a long type',
    { ...succeeded(null), resultObject: { bytes: 1, contentType: `text/${'x'.repeat(251)}` } },
  ],
  ['output', { ...succeeded([0, 13]), resultObject: { bytes: 13, contentType: 'text/plain' } }],
  ['forgotten awaits', succeeded('done')],
  ['result', succeeded({ text: 'ä', list: [1, null], when: '1970-01-01T00:00:00.000Z' })],
  ['no result', succeeded(null)],
  ['error', retried('RangeError', 'out of range')],
  ['permanent error', failed('QuotaError', 'the quota is spent')],
  ['outage', retried('ObjectsUnavailableError', 'the bucket is away')],
  ['no error at all', retried('Error', 'a value that is not an Error was thrown: {"reason":"a value"}')],
  ['error with a cause', retried('Error', 'outer')],
];

const withSteps: typeof cases = [
  ['steps', succeeded([['a', 'b'].map((key) => ({ key, at: '1970-01-01T00:00:00.000Z' })), 'undefined'])],
  [
    'failed step',
    succeeded({
      name: 'StepFailedError',
      message: 'the step "charge" failed: QuotaError: no money',
      isPermanent: true,
    }),
  ],
  ['step that ends its attempt', retried('Error', 'busy')],
  [
    'step without JSON',
    succeeded({ name: 'StepError', message: 'what a step returns is not JSON', isPermanent: true }),
  ],
  [
    'same key twice',
    succeeded([
      1,
      { name: 'StepError', message: 'the key "a" is that of another step of this job', isPermanent: true },
    ]),
  ],
  ...['step inside a step', 'wait inside a step', 'wait for an answer inside a step'].map(
    (probe) =>
      [
        probe,
        succeeded({
          name: 'StepError',
          message: '"b" is inside another step: do one after the other',
          isPermanent: true,
        }),
      ] as const,
  ),
  [
    'output of steps',
    {
      ...succeeded([[expect.objectContaining({ name: 'StepError' })], 6, 11]),
      resultObject: { bytes: 11, contentType: 'text/plain' },
    },
  ],
  ['wait for an answer', { status: 'waiting', signals: expect.stringContaining('"question":"Well?"') }],
  [
    'wait for what comes first',
    { status: 'waiting', signals: expect.stringContaining('"question":"And now?"') },
  ],
  [
    'no answer in time',
    succeeded([
      {
        name: 'SignalTimeoutError',
        message: 'no answer to "approve" (approve) came in time',
        isPermanent: true,
      },
      { by: 'time' },
    ]),
  ],
  [
    'unknown signal',
    succeeded({
      name: 'StepError',
      message: 'the contract of this type has no signal "refuse"',
      isPermanent: true,
    }),
  ],
  ['wait after a step', { status: 'waiting', steps: expect.stringContaining('"key":"time to pay"') }],
];

const waiting = { status: 'waiting' };
const tooMany = (key: string) => `StepError: "${key}" can have 0 to 100000 children`;
const insideStep = 'StepError: "three" is inside another step: do one after the other';
const someFailed =
  'ChildrenFailedError: 1 of 3 children of "three" have not succeeded: 2: PermanentError: no';

/** In the first slice, and once the children have ended. */
const withChildren: readonly (readonly [
  probe: string,
  first: Expected | typeof waiting,
  then?: Expected,
  loseChild?: true,
])[] = [
  ['settled children', waiting, succeeded({ succeeded: 2, unsuccessful: 1 })],
  [
    'failed children',
    waiting,
    succeeded([
      { succeeded: 2, unsuccessful: 1 },
      someFailed,
      ...Array(2).fill([0, 2, 'PermanentError: no']),
    ]),
  ],
  ['many children', waiting, succeeded([0, 250, 1])],
  ['called child', waiting, succeeded(42)],
  ['outputs of children', waiting, succeeded([1, 700_000, 'text/plain', 700_000, 'abcdefg', true])],
  ['first children', waiting, succeeded([{ by: 'children' }, 'StepError: "none" is no batch of this job'])],
  ['children inside a step', waiting, succeeded([insideStep, insideStep, [0, 2, 'PermanentError: no']])],
  [
    'expired children',
    waiting,
    succeeded(['ChildExpiredError: child 1 of "three" has ended, and is not kept any longer', [0]]),
    true,
  ],
  [
    'wrong bounds',
    succeeded([
      'StepError: `any` of "a" must be a whole number from 1 to 3',
      'StepError: `any` of "b" must be a whole number from 1 to 3',
      'StepError: `tolerate` of "c" must be a whole number from 0 to 100',
      'StepError: `tolerate` of "d" must be a whole number from 0 to 100',
    ]),
  ],
  [
    'wrong children',
    succeeded([
      tooMany('a'),
      tooMany('b'),
      'StepError: the payload of child 1 of "c" does not fit its contract, at /number',
      'UnlistedContractError: the contract of the children is in no catalog: add a line to job-types/contracts.ts, and deploy',
      'StepError: the group of child 1 of "e" must not be empty',
      'StepError: the tags of child 0 of "tags": must not be empty',
      'StepError: child 1 of "f" cannot be in the group "a": jobs of its type run on servers, which keep no order',
    ]),
  ],
];

const seen = ({ result, ...rest }: Partial<JobItem> = {}) => ({
  ...rest,
  result: result === undefined ? undefined : JSON.parse(result),
});

describe('same both ways', () => {
  afterAll(removeFolders);

  const object = uploadedObject('letters');

  describe.each([
    ['in the process of the server', false],
    ['in a process of its own', true],
  ])('a job %s', (_where, isolated) => {
    test.each(cases)('%s', async (probe, expected) => {
      const server = aServer({ isolated });
      server.objects.objects.set(object, letters);
      const { item } = await server.run({ probe, object });
      expect(seen(item)).toMatchObject(expected);
    });

    test.each(withSteps)('with steps: %s', async (probe, expected) => {
      const { item } = await aServer({ isolated }).run({ probe }, { type: 'probe-with-steps' });
      expect(seen(item)).toMatchObject(expected);
    });

    test('gives its children their tags', async () => {
      const server = aServer({ isolated });
      await server.run({ probe: 'outputs of children' }, { type: 'probe-with-steps' });
      expect(server.spawned.map(({ options }) => options.tags)).toEqual([['number 1'], ['number 7']]);
    });

    test.each(withChildren)('with children: %s', async (probe, first, expected, loseChild) => {
      const server = aServer({ isolated });
      const run = async () =>
        seen((await server.run({ probe }, { type: 'probe-with-steps', notBefore: 0 })).item);
      expect(await run()).toMatchObject(first);
      if (!expected) return;
      await server.runChildren();
      if (loseChild) server.removeChild(1);
      expect(await run()).toMatchObject(expected);
    });

    test.each([
      ['any of children', [{ succeeded: 2, unsuccessful: 0, isEarly: true }, 'none', [0], [0]]],
      [
        'children that are not tolerated',
        [
          { succeeded: 1, unsuccessful: 1, isEarly: true },
          'ChildrenFailedError: 1 of 3 children of "three" have not succeeded: 0: PermanentError: no',
          ...Array(2).fill(['PermanentError: no', 2]),
        ],
      ],
    ])('goes on before all have ended: %s', async (probe, expected) => {
      const server = aServer({ isolated });
      const run = async () =>
        seen((await server.run({ probe }, { type: 'probe-with-steps', notBefore: 0 })).item);
      expect(await run()).toMatchObject(waiting);
      await server.runChildren(2);
      expect(await run()).toMatchObject(succeeded(expected));
    });

    test('with a job that it submits', async () => {
      const run = await aServer({ isolated }).run({ probe: 'submitted job' }, { type: 'probe-with-steps' });
      const order = {
        type: 'child-probe',
        payload: { number: 1 },
        options: { runAt: new Date(0), tags: ['one'] },
      };
      const id = JSON.stringify({ ...order, key: 'next' });
      const result: unknown = JSON.parse(run.item?.result ?? '');
      expect(result).toEqual([
        expect.any(String),
        'StepError: the key "next" is that of another step of this job',
        'UnlistedContractError: the contract of the submitted job is in no catalog: add a line to job-types/contracts.ts, and deploy',
        'StepError: "inside" is inside another step: do one after the other',
      ]);
      expect(JSON.parse(String(Array.isArray(result) && result[0]))).toEqual(JSON.parse(id));
    });

    test('with children, of which it spawns more in its second slice', async () => {
      const server = aServer({ isolated });
      const run = (object: string) =>
        server.run({ probe: 'changed plan', object }, { type: 'probe-with-steps', notBefore: 0 });
      expect((await run('3')).item).toMatchObject(waiting);
      expect((await run('4')).item).toMatchObject(
        failed(
          'PlanChangedError',
          '"three" was 3 children of the type "child-probe", and is 4 of "child-probe" now',
        ),
      );
    });

    test('reads no object that is not there, or not its own', async () => {
      const { item } = await aServer({ isolated }).run({ probe: 'no object', object });
      expect(JSON.parse(item?.result ?? '')).toEqual([
        { ...noObject, message: `there is no object ${object}` },
        noObject,
      ]);
    });

    test('goes on with its output in the next slice', async () => {
      const server = aServer({ isolated });
      const payload = { probe: 'output of earlier slices' };
      expect((await server.run(payload)).item).toMatchObject({ status: 'waiting' });
      const { item } = await server.run(payload, { notBefore: 0 });
      expect(JSON.parse(item?.result ?? '')).toEqual([6, 6, 12]);
      const text = server.objects.objects.get(item?.resultObject?.name ?? '');
      expect(Buffer.from(text ?? []).toString()).toBe('first second');
    });

    test('writes to the log of its server, with the fields of the job', async () => {
      const server = aServer({ isolated });
      await server.run({ probe: 'log' });
      const lines = server.log.lines.filter(({ message }) => /^an? /.test(message));
      expect(lines).toMatchObject([
        {
          level: 'info',
          message: 'an info',
          fields: { jobId, type: 'probe', n: 1, nested: { list: [1] }, when: new Date(0) },
        },
        { level: 'warn', message: 'a warning', fields: { error: { name: 'QuotaError', message: 'no' } } },
      ]);
      expect(lines[1]?.fields.error).toBeInstanceOf(Error);
    });
  });

  test('only the process of a job must be able to clone what it hands over', async () => {
    const { item } = await aServer().run({ probe: 'checkpoint without a clone' });
    expect(JSON.parse(item?.result ?? '')).toMatchObject({
      message: expect.stringContaining('the state cannot be sent to the server of the job'),
    });
  });
});

const chunkBytes = 64 * 1024;

describe('streams', () => {
  afterAll(removeFolders);

  const object = uploadedObject('a large object');

  test('no more of an object is read than the job asks for, and its stream is closed when the job leaves it', async () => {
    let pulled = 0;
    let isClosed = false;
    const endless = async function* () {
      try {
        for (;;) {
          pulled += 1;
          yield new Uint8Array(chunkBytes);
        }
      } finally {
        isClosed = true;
      }
    };
    const store = new InMemoryObjectStore();
    const objects: ObjectStore = {
      size: (name) => store.size(name),
      read: endless,
      put: (one) => store.put(one),
      delete: (name) => store.delete(name),
    };
    const { item } = await aServer({ ports: { objects } }).run({ probe: 'slow reader', object });
    expect(JSON.parse(item?.result ?? '')).toBe(256 * 1024);
    expect(pulled).toBe(4);
    expect(isClosed).toBe(true);
  });

  test('a job writes no faster than its output is sent', async () => {
    const gates: (() => void)[] = [];
    class SlowUploads extends InMemoryMultipartUploads {
      override async putPart(part: Parameters<InMemoryMultipartUploads['putPart']>[0]) {
        await new Promise<void>((resolve) => gates.push(resolve));
        return super.putPart(part);
      }
    }
    const store = new InMemoryObjectStore();
    const server = aServer({ ports: { objects: store, multipart: new SlowUploads(store.objects, 1_000) } });
    const running = server.run({ probe: 'steady writer' });
    const written = () => server.log.lines.filter(({ message }) => message === 'written').length;
    const open = async (gate: number) =>
      (await eventually(async () => gates[gate], `part ${gate} to be sent`))();
    for (const gate of [0, 1, 2]) {
      await eventually(async () => gates.length === gate + 1 || undefined, `part ${gate} to be sent`);
      expect(written()).toBe(gate);
      await open(gate);
    }
    const { item } = await running;
    expect(item).toMatchObject({ status: 'succeeded', resultObject: { bytes: 3_000 } });
    expect(written()).toBe(3);
  });
});

describe('isolate jobs', () => {
  test.each([
    ['file:///app/server/main.ts', '/app/server/job-process.ts'],
    ['file:///app/main.mjs', '/app/job-process.mjs'],
  ])('the process of a job of %s runs %s', (url, path) => {
    expect(jobProcessBeside(url)).toBe(path);
  });

  test('a job is canceled by the server itself', () => {
    const cancel = async () => {};
    const handlers = { plain: () => 1, canceling: withCancel(() => 1, cancel) };
    const deps = {
      contracts: {},
      entry: '',
      environment: {},
      folder: '',
      clock: new FixedClock(),
      log: recordedLog(),
    };
    const isolated = isolateJobs({ ...deps, handlers })(aDelivery());
    expect(Object.keys(isolated)).toEqual(['plain', 'canceling']);
    expect(isolated.canceling?.cancel).toBe(cancel);
    expect(isolated.plain?.cancel).toBeUndefined();
  });
});
