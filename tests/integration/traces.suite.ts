import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Receiver, startReceiver } from '../set-ups/receiver.ts';
import type { OtlpReceiver, ReceivedSpan } from '../stand-ins/otlp-receiver.ts';
import { eventually } from './eventually.ts';
import type { Subject } from './subjects.ts';
import type { System } from './system.ts';

/** A caller's request, in which a job is submitted, and a webhook at its end. */
export const describeTraces =
  (receiver: Promise<OtlpReceiver>): Subject =>
  (running) => {
    let system: System;
    let webhooks: Receiver | undefined;
    beforeAll(() => {
      system = running();
      system.longSeconds = 4;
      system.start('long', 'notify', 'standard');
    });
    afterEach(() => webhooks?.stop());

    const sent = async (traceId: string, count: number): Promise<readonly ReceivedSpan[]> =>
      eventually(async () => {
        const spans = await (await receiver).spansOf(traceId);
        return spans.length >= count ? spans : undefined;
      }, `${count} spans of the trace ${traceId}`);

    test('lead from the caller through a submission, two slices of one attempt and their waits to the webhook', async () => {
      webhooks = await startReceiver((_request, response) => void response.writeHead(200).end(), {
        isPlain: true,
      });
      const [traceId, callerId] = ['d'.repeat(32), 'e'.repeat(16)];
      const { id } = await system.request(
        { type: 'counting', payload: { seconds: 4 }, notify: [{ url: webhooks.url }] },
        { traceparent: `00-${traceId}-${callerId}-01` },
      );
      await system.finished(id);
      const job = { 'job.id': id };
      const spans = await eventually(async () => {
        const all = await sent(traceId, 1);
        return all.some(({ name }) => name === 'notify url') ? all : undefined;
      }, 'the span of the webhook');
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
      const [webhook] = webhooks.received;
      expect(webhook?.headers.traceparent).toBe(`00-${traceId}-${notified?.spanId}-01`);
    });

    test('of a job without a caller have the id of the job, and are sent before the batch is answered', async () => {
      const { id } = await system.submit('counting', { seconds: 0 });
      await system.finished(id);
      await system.drained('long');
      const spans = await (await receiver).spansOf(id.replaceAll('-', ''));
      expect(spans.map(({ name }) => name)).toEqual(['submit counting', 'attempt counting']);
      expect(spans[0]?.parentSpanId).toBe('');
      expect(spans[1]?.parentSpanId).toBe(spans[0]?.spanId);
    });
  };
