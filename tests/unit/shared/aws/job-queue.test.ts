import { expect, test } from '@jest/globals';
import { sourceOf } from '../../../../shared/aws/job-queue.ts';
import { record } from '../../../set-ups/batch.ts';

const urls = ['long', 'ordered.fifo'].map((name) => `https://sqs.eu-central-1.amazonaws.com/1/${name}`);
const eventFrom = (name: string) => ({
  Records: [{ ...record(1), eventSourceARN: `arn:aws:sqs:eu-central-1:1:${name}` }],
});

test.each(['long', 'ordered.fifo'])('an event from the queue %s is recognized by its ARN', (name) => {
  expect(sourceOf(eventFrom(name), urls)).toBe(`https://sqs.eu-central-1.amazonaws.com/1/${name}`);
});

test.each(['longer', 'ordered', 'dead-letter'])('an event from another queue, %s, is refused', (name) => {
  expect(() => sourceOf(eventFrom(name), urls)).toThrow(`no queue of this function is called ${name}`);
});
