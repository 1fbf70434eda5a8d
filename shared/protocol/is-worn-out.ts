import type { Delivery } from '../ports.ts';

/** Well before the queue's `maxReceiveCount` of 1000, and its retention of 14 days. */
const mostReceives = 900;
const oldestMs = 12 * 24 * 3600 * 1000;

/** Whether a message is to be replaced by a new one of the same content before the queue ends it. */
export const isWornOut = ({ receiveCount, sentAt }: Delivery, now: number): boolean =>
  receiveCount >= mostReceives || now - sentAt >= oldestMs;
