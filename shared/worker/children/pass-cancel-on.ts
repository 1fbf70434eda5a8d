import { type Contracts, contractOf, mustPassCancelOn } from '../../author/contract.ts';
import type { CanceledJob, Handlers } from '../../author/handler.ts';
import { SecretValues } from '../../author/secret-values.ts';
import { asError, PermanentError } from '../../domain/base/errors.ts';
import type { Clock, Log } from '../../domain/base/ports.ts';
import { withinTime } from '../../domain/base/within-time.ts';
import type { ObjectStore } from '../../domain/objects/object-ports.ts';
import { logOfAttempt } from '../../domain/observe/log-job-line.ts';
import { type JobItem, submittedAtOf } from '../../domain/state/job/item.ts';
import type { JobMessage } from '../../domain/state/job/message.ts';
import type { JobStore } from '../../domain/state/ports.ts';
import type { Lease } from '../../domain/state/writes/holder-writes.ts';
import { readCheckpoint } from '../hold/checkpoint-text.ts';
import type { Ending } from '../hold/error-policy.ts';
import { readPayload } from '../hold/run-handler.ts';
import { readStateText } from '../hold/saved-states.ts';

export interface CancelDependencies {
  readonly contracts: Contracts;
  readonly handlers: Handlers;
  readonly objects: Pick<ObjectStore, 'read'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** A worker's function has more time left than that when it is invoked. */
const maxMs = 20_000;
const tooLate = () => new Error(`the cancel of the job took longer than ${maxMs / 1000} s`);

/**
 * Calls the `cancel` of the job's handler, if its contract says that there is one, and the job has started. It may be
 * called more than once, and by two workers at a time.
 * @param item with the state that the job has stored last
 * @throws whatever it throws, unless another call cannot mend that: then the job is canceled all the same, and the log
 * says so
 */
export async function passCancelOn(
  item: JobItem,
  message: JobMessage,
  { contracts, handlers, ...deps }: CancelDependencies,
): Promise<void> {
  const contract = contractOf(contracts, item.type);
  const cancel = Object.hasOwn(handlers, item.type) ? handlers[item.type]?.cancel : undefined;
  if (!contract || !cancel || !mustPassCancelOn(item, contracts)) return;
  const secrets = new SecretValues();
  const log = secrets.hideFrom(
    logOfAttempt(deps.log, { jobId: item.id, tenant: item.tenant, type: item.type }),
  );
  try {
    const payload = readPayload(contract, message.payload, secrets);
    const state = await readStateText(item, deps);
    const job = {
      id: item.id,
      tenant: item.tenant,
      run: item.run,
      submittedAt: submittedAtOf(item, message),
      resume: readCheckpoint(contract, state, secrets),
      log,
      now: () => deps.clock.now(),
    };
    // The catalogs pair a type's contract with its handler. Of all types together the compiler cannot tell.
    const call = (signal: AbortSignal) => cancel(payload as never, { ...job, signal } as CanceledJob<never>);
    await withinTime(call, { milliseconds: maxMs, tooLate }, deps.clock);
  } catch (thrown) {
    const error = secrets.hideError(asError(thrown));
    if (!(error instanceof PermanentError)) throw error;
    log.error('cancel not passed on', { error });
  }
}

/**
 * Passes the cancel of a running job on, while its worker still holds it: with the state that is stored, which is all
 * that another worker would know.
 * @returns the ending, or that the job is left to its next delivery if the cancel could not be passed on
 */
export async function endingWithCancelPassedOn(
  ending: Ending,
  { item, message }: Lease,
  deps: CancelDependencies & { readonly store: Pick<JobStore, 'read'> },
): Promise<Ending> {
  if (ending.kind !== 'canceled' || !mustPassCancelOn(item, deps.contracts)) return ending;
  try {
    await passCancelOn((await deps.store.read(item.id)) ?? item, message, deps);
    return ending;
  } catch (thrown) {
    deps.log.warn('cancel not passed on yet', { error: asError(thrown) });
    return { kind: 'lost', why: 'its cancel could not be passed on' };
  }
}
