import { CommandError } from '../ending.ts';
import { createClient, type Job, type SubmitOptions } from '../library.ts';
import { describeFailure } from '../system/describe-failure.ts';
import type { Session } from '../system/session.ts';
import type { Prepared } from './upload-into.ts';

interface Order {
  readonly type: string;
  readonly prepared: Prepared;
  readonly options: SubmitOptions;
}

/**
 * Submits a job. @throws CommandError where no answer tells whether it was submitted: it says what is known, and what
 * to do
 */
export async function sendJob({ type, prepared, options }: Order, session: Session): Promise<Job> {
  const { url, key, signal, place } = session;
  let mayHaveArrived = false;
  const client = createClient({
    url,
    ...(key === undefined ? {} : { key }),
    retries: { tries: 3, seconds: 30 },
    async fetch(request) {
      try {
        const response = await fetch(request);
        mayHaveArrived = true;
        return response;
      } catch (error) {
        // The last try alone does not tell: an earlier one may have arrived.
        if (!isUnconnected(error)) mayHaveArrived = true;
        throw error;
      }
    },
  });
  try {
    return await client.submit(type, prepared.payload, { ...options, signal });
  } catch (error) {
    const { ending, text } = signal.aborted
      ? { ending: 'interrupted' as const, text: 'Interrupted.' }
      : describeFailure(error, place);
    if (ending !== 'interrupted' && ending !== 'unreachable') throw error;
    const known = mayHaveArrived
      ? `The job may have been submitted. The same command with --key ${options.idempotencyKey} submits it once.`
      : 'Nothing was submitted by this command.';
    throw new CommandError(ending, `${text}\n${known}`, { cause: error });
  }
}

/**
 * There was no connection, so nobody was sent anything. A host may have several addresses, each with an error of its
 * own.
 */
function isUnconnected(error: unknown): boolean {
  const { cause }: { readonly cause?: unknown } = Object(error);
  const causes: readonly unknown[] = cause instanceof AggregateError ? cause.errors : [cause];
  return causes.every((each) => ['connect', 'getaddrinfo'].includes(Object(each).syscall));
}
