import { inspect } from 'node:util';
import type { Worker } from 'node:worker_threads';

/**
 * Tells of every thread that ends of an error. serverless-offline runs functions in threads and does not listen for
 * that: a promise that a job leaves behind, and that rejects, would end this whole process.
 */
export function onThreadCrash(tell: (error: unknown) => void): void {
  process.on('worker', (thread: Worker) => thread.on('error', tell));
}

/** What is printed then. */
export const crashMessage = (error: unknown): string =>
  `A function crashed, and all are loaded anew; its jobs are taken over after their lease. Is there a promise that nobody awaits?
${inspect(error)}`;
