import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Receiver, startReceiver } from '../set-ups/receiver.ts';
import type { OtlpReceiver, ReceivedSpan } from '../stand-ins/otlp-receiver.ts';
import { eventually } from './eventually.ts';
import type { Subject } from './subjects.ts';
import type { System } from './system.ts';

/** After a failure a function sends no spans for so long. */
const restMs = 30_000;

/**
 * What a collector does not take within a second is dropped, and fails nobody. So on a busy machine another job is looked at.
 * @param look makes a job, and @returns undefined if spans of it were dropped
 */
const untilSent = <Seen>(look: () => Promise<Seen | undefined>): Promise<Seen> =>
  eventually(look, 'the spans of a job to be sent', 6 * restMs);

/** A caller's request, in which a job is submitted, and a webhook at its end. */
export const describeTraces =
  (receiver: Promise<OtlpReceiver>): Subject =>
  (running) => {
    let system: System;
    let webhooks: Receiver | undefined;
    beforeAll(() => {
      system = running();
      system.longSeconds = 4;
      system.start('long', 'notify', 'notify-slow', 'standard');
    });
    afterEach(() => webhooks?.stop());

    const spansOf = async (traceId: string): Promise<readonly ReceivedSpan[]> =>
      (await receiver).spansOf(traceId);

    test('lead from the caller through a submission, two slices of one attempt and their waits to the webhook', async () => {
      webhooks = await startReceiver((_request, response) => void response.writeHead(200).end(), {
        isPlain: true,
      });
      const { url } = webhooks;
      const callerId = 'e'.repeat(16);
      const { id, traceId, spans } = await untilSent(async () => {
        const traceId = randomBytes(16).toString('hex');
        const { id } = await system.request(
          { type: 'counting', payload: { seconds: 4 }, notify: [{ url }] },
          { traceparent: `00-${traceId}-${callerId}-01` },
        );
        const { slices } = await system.finished(id);
        const wanted = ['submit counting', ...Array(slices + 1).fill('attempt counting'), 'notify url'];
        const spans = await eventually(
          async () => {
            const all = await spansOf(traceId);
            const names = all.map(({ name }) => name).filter((name) => wanted.includes(name));
            return names.length >= wanted.length ? all : undefined;
          },
          'the spans of the job',
          restMs,
        ).catch(() => undefined);
        return spans && { id, traceId, spans };
      });
      const job = { 'job.id': id };
      const [submission] = spans.filter(({ name }) => name === 'submit counting');
      expect(submission).toMatchObject({ kind: 4, parentSpanId: callerId, status: 0, attributes: job });

      const slices = spans.filter(({ name }) => name === 'attempt counting');
      expect(slices.length).toBeGreaterThanOrEqual(2);
      slices.forEach((slice, index) => {
        const isLast = index === slices.length - 1;
        expect(slice).toMatchObject({
          kind: 5,
          parentSpanId: submission?.spanId,
          attributes: {
            ...job,
            'job.slice': index + 1,
            'job.outcome': isLast ? 'succeeded' : 'handedOver',
            'messaging.destination.name': 'long',
          },
        });
        const before = slices[index - 1];
        const link = { traceId, spanId: before?.spanId, attributes: { 'job.follows': 'slice' } };
        expect(slice.links).toEqual(before ? [link] : []);
        const waits = spans.filter(({ parentSpanId }) => parentSpanId === slice.spanId);
        expect(waits.filter(({ name }) => name === 'pause').length).toBeGreaterThan(0);
      });

      const [notified] = spans.filter(({ name }) => name === 'notify url');
      expect(notified).toMatchObject({
        kind: 3,
        parentSpanId: submission?.spanId,
        attributes: { ...job, 'job.outcome': 'delivered' },
      });
      const received = webhooks.received.map(({ headers }) => headers.traceparent);
      expect(received).toContain(`00-${traceId}-${notified?.spanId}-01`);
    });

    test('of a job without a caller have the id of the job, and are sent before the batch is answered', async () => {
      const spans = await untilSent(async () => {
        const { id } = await system.submit('counting', { seconds: 0 });
        await system.finished(id);
        await system.drained('long');
        const found = await spansOf(id.replaceAll('-', ''));
        if (found.length >= 2) return found;
        await setTimeout(restMs);
        return undefined;
      });
      expect(spans.map(({ name }) => name)).toEqual(['submit counting', 'attempt counting']);
      expect(spans[0]?.parentSpanId).toBe('');
      expect(spans[1]?.parentSpanId).toBe(spans[0]?.spanId);
    });
  };
