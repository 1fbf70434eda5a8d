import { QueueUnavailableError } from '../../shared/job/errors.ts';
import type { JobPointer } from '../../shared/job/pointer.ts';
import type { PointerQueue } from '../../shared/job/schedule-ports.ts';

/** A queue that records the pointers sent to it. */
export class InMemoryPointerQueue implements PointerQueue {
  readonly sent: { readonly pointer: JobPointer; readonly delaySeconds: number }[] = [];
  isFailing = false;

  async send(pointer: JobPointer, delaySeconds = 0): Promise<void> {
    if (this.isFailing) throw new QueueUnavailableError('send fails in this test');
    this.sent.push({ pointer, delaySeconds });
  }
}
