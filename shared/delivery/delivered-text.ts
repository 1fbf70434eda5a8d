import * as z from 'zod/mini';
import { readJson } from '../domain/base/read-json.ts';

/** What Scheduler puts into a dead-letter queue: its request to SQS (EventBridge Scheduler User Guide). */
const undelivered = z.object({ MessageBody: z.string(), QueueUrl: z.string() });

/** The text of a message, also if Scheduler could not deliver it and put it into a dead-letter queue. */
export function deliveredText(body: string): string {
  if (!body.includes('"MessageBody"')) return body;
  try {
    const read = undelivered.safeParse(readJson(body));
    return read.success ? read.data.MessageBody : body;
  } catch {
    return body;
  }
}
