import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { otlpTracer } from '../../shared/aws/observe/otlp-tracer.ts';
import { writeMessage } from '../../shared/domain/state/job/message.ts';
import { processDelivery } from '../../shared/worker/attempt/process-delivery.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { handlers } from '../set-ups/handlers.ts';
import { aDelivery, aMessage, jobId } from '../set-ups/samples.ts';
import { anInvocation, aWorker } from '../set-ups/worker.ts';
import { type OtlpReceiver, otlpIsInstalled, startOtlpReceiver } from '../stand-ins/otlp-receiver.ts';

const isInstalled = otlpIsInstalled();
const describeIfInstalled = isInstalled ? describe : describe.skip;
if (!isInstalled) console.warn('There is no python3-opentelemetry-proto: its tests are skipped.');

const ofJob = jobId.replaceAll('-', '');
const caller = { traceId: '1'.repeat(32), spanId: '2'.repeat(16) };
const traceparent = `00-${caller.traceId}-${caller.spanId}-01`;

function aTracer(environment: Readonly<Record<string, string>>, headersSecret = '') {
  const log = recordedLog();
  const tracer = otlpTracer({ environment, headersSecret, log });
  if (!tracer) throw new Error(JSON.stringify(log.lines));
  return { tracer, log };
}

const aSpan = (parent?: string) =>
  ({ name: 'submit counting', kind: 'producer', jobId, parent, fields: { tenant: 'a', run: 1 } }) as const;

let receiver: OtlpReceiver;
beforeAll(async () => {
  if (isInstalled) receiver = await startOtlpReceiver();
});
afterAll(() => receiver?.stop());

describeIfInstalled('spans that are sent (needs python3-opentelemetry-proto)', () => {
  test.each(['http/json', 'http/protobuf'] as const)(
    'by %s are what the official definitions say',
    async (protocol) => {
      const traceId = protocol === 'http/json' ? 'a'.repeat(32) : 'b'.repeat(32);
      const { tracer, log } = aTracer(
        {
          OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.endpoint}/`,
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
          OTEL_EXPORTER_OTLP_HEADERS: 'x-team=the%20shop',
          OTEL_SERVICE_NAME: 'jobs',
          OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test,service.name=other',
        },
        'text:x-key=secret',
      );
      const span = tracer.start(aSpan(`00-${traceId}-${caller.spanId}-01`));
      span.end({ outcome: 'failed' }, 'RangeError');
      await tracer.flush();
      const [sent, ...others] = await receiver.spansOf(traceId);
      expect(others).toEqual([]);
      expect(sent).toMatchObject({
        name: 'submit counting',
        kind: 4,
        parentSpanId: caller.spanId,
        status: 2,
        resource: { 'service.name': 'jobs', 'deployment.environment.name': 'test' },
        attributes: {
          'job.id': jobId,
          'job.tenant': 'a',
          'job.outcome': 'failed',
          'error.type': 'RangeError',
        },
        headers: { 'x-team': 'the shop', 'x-key': 'secret' },
      });
      expect(span.traceparent).toBe(`00-${traceId}-${sent?.spanId}-01`);
      expect(log.lines).toEqual([]);
    },
  );

  test('a sleep is two spans of which the second links to the first, and the handler knows the id of each', async () => {
    const { tracer } = aTracer({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.endpoint}/v1/traces` });
    const { deps, clock, store } = aWorker();
    const seen: (string | undefined)[] = [];
    const counting: typeof handlers.counting = async (_payload, job) => {
      seen.push(job.traceparent);
      if (!job.resume) await job.sleep(60, { passed: 1 });
      return { seconds: 1 };
    };
    const delivery = aDelivery({ body: writeMessage(aMessage({ traceparent })) });
    const run = () =>
      processDelivery(delivery, anInvocation(clock), {
        ...deps,
        tracer,
        handlers: { ...handlers, counting },
      });
    expect((await run()).kind).toBe('return');
    await clock.advance(60_000);
    expect((await run()).kind).toBe('delete');
    expect(store.items.get(jobId)?.status).toBe('succeeded');
    await tracer.flush();
    const sent = await receiver.spansOf(caller.traceId);
    const [before, after, ...others] = sent.filter(({ name }) => name !== 'sleep');
    expect(others).toEqual([]);
    for (const span of [before, after]) {
      expect(span).toMatchObject({
        name: 'attempt counting',
        kind: 5,
        parentSpanId: caller.spanId,
        status: 0,
      });
      expect(span && span.endedAt - span.startedAt).toBeLessThan(1_000);
    }
    expect(before).toMatchObject({ attributes: { 'job.outcome': 'asleep', 'job.slice': 1 }, links: [] });
    expect(after).toMatchObject({
      attributes: { 'job.outcome': 'succeeded', 'job.slice': 2 },
      links: [{ traceId: caller.traceId, spanId: before?.spanId, attributes: { 'job.follows': 'slice' } }],
    });
    expect(seen).toEqual([before, after].map((span) => `00-${caller.traceId}-${span?.spanId}-01`));
  });

  test('of the calls of a job a hundred are spans, and a job without a caller has a trace of its own', async () => {
    const { tracer } = aTracer({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
    const span = tracer.start({ ...aSpan(), kind: 'consumer', claim: 5 });
    const wait = () => new Promise<void>((resolve) => void setTimeout(resolve, 3));
    const calls = span.observe('', {
      pause: wait,
      checkpoint: async () => {},
      fails: async () => {
        await wait();
        throw new RangeError('no');
      },
      async *stream() {
        await wait();
        yield 1;
      },
    });
    for (let count = 0; count < 20; count += 1) await calls.checkpoint();
    for await (const each of calls.stream()) expect(each).toBe(1);
    await expect(calls.fails()).rejects.toThrow('no');
    await Promise.all(Array.from({ length: 150 }, () => calls.pause()));
    span.end();
    await tracer.flush();
    const sent = await receiver.spansOf(ofJob);
    const [attempt] = sent.filter(({ kind }) => kind === 5);
    const children = sent.filter(({ kind }) => kind !== 5);
    // On a busy machine a call that waits for nothing may take a millisecond all the same.
    const busy = children.filter(({ name }) => name === 'checkpoint').length;
    expect(busy).toBeLessThan(20);
    expect(attempt).toMatchObject({ parentSpanId: '', attributes: { 'job.dropped_calls': 52 + busy } });
    expect(children).toHaveLength(100);
    for (const { parentSpanId } of children) expect(parentSpanId).toBe(attempt?.spanId);
    const names = new Set(children.map(({ name }) => name));
    names.delete('checkpoint');
    expect([...names].sort()).toEqual(['fails', 'pause', 'stream']);
    expect(children.find(({ name }) => name === 'fails')?.attributes).toMatchObject({
      'error.type': 'RangeError',
    });
  });

  test('what the caller does not sample is not sent, and passed on as such', async () => {
    const traceId = 'c'.repeat(32);
    const { tracer } = aTracer({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
    const span = tracer.start(aSpan(`00-${traceId}-${caller.spanId}-00`));
    expect(span.traceparent).toMatch(new RegExp(`^00-${traceId}-(?!${caller.spanId})[0-9a-f]{16}-00$`));
    span.end();
    await tracer.flush();
    expect(await receiver.spansOf(traceId)).toEqual([]);
  });
});

describe('a collector', () => {
  const listening = async (onConnection: (socket: Socket) => void) => {
    const server = createServer(onConnection);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    return { endpoint: `http://127.0.0.1:${port}`, server };
  };
  const answering = (text: string) => (socket: Socket) =>
    void socket.once('data', () => socket.end(text)).on('error', () => undefined);

  test.each<[string, (socket: Socket) => void]>([
    ['hangs', (socket) => void socket.resume().on('error', () => undefined)],
    ['resets the connection', (socket) => void socket.once('data', () => socket.resetAndDestroy())],
    ['refuses', answering('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n')],
    [
      'asks to come again later',
      answering('HTTP/1.1 503 Busy\r\nretry-after: 600\r\ncontent-length: 0\r\n\r\n'),
    ],
    [
      'answers without an end',
      (socket) => void socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n')),
    ],
  ])(
    'that %s takes a second at most, is told once, and is left alone for a while',
    async (_what, onConnection) => {
      const sockets = new Set<Socket>();
      const { endpoint, server } = await listening((socket) => {
        sockets.add(socket);
        onConnection(socket);
      });
      const { tracer, log } = aTracer({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
      const flush = (): Promise<void> => {
        tracer.start(aSpan()).end();
        return tracer.flush();
      };
      // A timer that begins later and lasts longer: on a busy machine, too, it comes later.
      const overdue = new AbortController();
      const first = flush();
      const late = sleep(1_300, 'late', { signal: overdue.signal });
      expect(await Promise.race([first, late])).toBeUndefined();
      overdue.abort();
      await late.catch(() => undefined);
      const asked = sockets.size;
      for (let count = 0; count < 2; count += 1) await flush();
      expect(sockets.size).toBe(asked);
      const warnings = log.lines.filter(({ level }) => level === 'warn');
      expect(warnings).toMatchObject([{ message: 'spans not sent', fields: { dropped: 1 } }]);
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  );

  test('is sent each span once: a flush without a new one asks it for nothing', async () => {
    let requests = 0;
    const { endpoint, server } = await listening((socket) => {
      requests += 1;
      answering('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}')(socket);
    });
    const { tracer, log } = aTracer({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    tracer.start(aSpan()).end();
    for (let count = 0; count < 3; count += 1) await tracer.flush();
    expect([requests, log.lines]).toEqual([1, []]);
    server.close();
  });

  test('that nobody runs is told once', async () => {
    const { tracer, log } = aTracer({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
    tracer.start(aSpan()).end();
    await tracer.flush();
    expect(log.lines).toMatchObject([{ level: 'warn', message: 'spans not sent' }]);
  });
});

describe('the variables of OpenTelemetry', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };

  test.each([
    [
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      'OTEL_EXPORTER_OTLP_PROTOCOL is grpc: use http/protobuf or http/json',
    ],
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER is zipkin: only otlp sends spans'],
    [{ OTEL_SDK_DISABLED: 'true' }, 'OTEL_SDK_DISABLED is true'],
  ])('%j sends nothing, and says why', (environment, why) => {
    const log = recordedLog();
    expect(
      otlpTracer({ environment: { ...endpoint, ...environment }, headersSecret: '', log }),
    ).toBeUndefined();
    expect(log.lines).toMatchObject([{ level: 'warn', message: 'no spans are sent', fields: { why } }]);
  });

  test.each([
    [
      { OTEL_TRACES_SAMPLER: 'jaeger_remote' },
      'OTEL_TRACES_SAMPLER is jaeger_remote: parentbased_always_on is used',
    ],
    [{ OTEL_TRACES_SAMPLER_ARG: '2' }, 'OTEL_TRACES_SAMPLER_ARG is not a number from 0 to 1: 1 is used'],
    [{ OTEL_PROPAGATORS: 'b3' }, 'OTEL_PROPAGATORS is b3: tracecontext is used'],
  ])('%j is told, and the default is used', (environment, why) => {
    const { tracer, log } = aTracer({ ...endpoint, ...environment });
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { why } }]);
    expect(tracer.start(aSpan()).traceparent).toMatch(/-01$/);
  });

  test.each([
    ['always_on', '', ['01', '01', '01']],
    ['always_off', '', ['00', '00', '00']],
    ['traceidratio', '0', ['00', '00', '00']],
    ['parentbased_always_on', '', ['01', '01', '00']],
    ['parentbased_always_off', '', ['00', '01', '00']],
    ['parentbased_traceidratio', '0', ['00', '01', '00']],
    ['parentbased_traceidratio', '1', ['01', '01', '00']],
    ['', '', ['01', '01', '00']],
  ])(
    'the sampler %j with %j decides for a trace of its own, and of callers that sample and do not',
    (name, argument, flags) => {
      const { tracer, log } = aTracer({
        ...endpoint,
        OTEL_TRACES_SAMPLER: name,
        OTEL_TRACES_SAMPLER_ARG: argument,
      });
      const parents = [undefined, traceparent, traceparent.replace(/1$/, '0')];
      expect(parents.map((parent) => tracer.start(aSpan(parent)).traceparent.slice(-2))).toEqual(flags);
      expect(log.lines).toEqual([]);
    },
  );
});
