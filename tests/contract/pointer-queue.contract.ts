import { describe, expect, test } from '@jest/globals';
import { QueueUnavailableError } from '../../shared/job/errors.ts';
import { type JobPointer, pointerTo } from '../../shared/job/pointer.ts';
import type { PointerQueue } from '../../shared/job/schedule-ports.ts';
import { anId } from '../set-ups/samples.ts';

/** The queue, and what a test needs besides the port. */
export interface PointerQueueUnderTest {
  readonly queue: PointerQueue;
  /** The texts that are visible. */
  receive(): Promise<readonly string[]>;
  /** The same queue, while it cannot be reached. */
  readonly unavailable: PointerQueue;
}

let count = 0;
/** Each is of another job. */
function newPointer(): JobPointer {
  count += 1;
  return pointerTo({ id: anId(count), run: 2, fingerprint: 'f/+= ü' });
}

/** What the fake and the adapter must have in common. */
export function describePointerQueue(name: string, make: () => PointerQueueUnderTest): void {
  const received = async ({ id }: JobPointer) =>
    (await make().receive()).map((text) => JSON.parse(text)).filter((pointer) => pointer.id === id);

  describe(`${name} as a PointerQueue`, () => {
    test('delivers a pointer as it was sent', async () => {
      const pointer = newPointer();
      await make().queue.send(pointer);
      expect(await received(pointer)).toEqual([pointer]);
    });

    test('does not deliver a pointer before its delay is over, also if that is longer than SQS allows', async () => {
      for (const delaySeconds of [60, 100_000]) {
        const pointer = newPointer();
        await make().queue.send(pointer, delaySeconds);
        expect(await received(pointer)).toEqual([]);
      }
    });

    test('throws QueueUnavailableError', async () => {
      await expect(make().unavailable.send(newPointer())).rejects.toThrow(QueueUnavailableError);
    });
  });
}
