import { submitAll } from '../../functions/api/submit-all.ts';
import type { Contracts } from '../../shared/author/contract.ts';
import { type Right, rights } from '../../shared/domain/access/access-entry.ts';
import type { SetLimits } from '../../shared/domain/access/limits.ts';
import { queueNames } from '../../shared/domain/state/ports.ts';
import type { SubmitAllResponse } from '../../shared/http/responses/submit-all-response.ts';
import { PauseDoor } from '../../shared/operations/doors/pause-door.ts';
import { FixedClock } from '../../testkit/fakes/fixed.ts';
import { inMemoryDependencies } from '../../testkit/fakes/in-memory-dependencies.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import {
  everyQueue,
  type InMemoryJobQueue,
  inMemoryJobQueues,
} from '../../testkit/fakes/in-memory-queues.ts';
import { type Hook, intercepted } from '../../testkit/fakes/intercepted.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { RecordedMeters } from '../../testkit/fakes/recorded-meters.ts';
import { suspending } from '../../testkit/fakes/suspending.ts';
import { contracts } from '../job-types/contracts.ts';
import { aRootSecretEntry } from './access.ts';
import { somePauses } from './pauses.ts';
import { aRequest } from './samples.ts';
import { submissionFakes } from './submitter.ts';
import { aDoor } from './tenant-door.ts';

export const aJob = (seconds = 1, over: object = {}) => ({
  type: 'counting',
  payload: { seconds },
  ...over,
});

/** What a submission needs, on fakes. `before` runs before every call to table and queues. */
export function submitting(before: Hook = () => {}, chosen: Contracts = contracts) {
  const table = new InMemoryJobStore();
  const { suspended, suspensions } = suspending();
  const queues = inMemoryJobQueues();
  const recorded = (queue: InMemoryJobQueue) => intercepted({ store: table, queue }, { before });
  const deps = {
    store: recorded(queues.long).store,
    queues: everyQueue((name) => recorded(queues[name]).queue),
    contracts: chosen,
    clock: new FixedClock(),
    ...submissionFakes(),
    jobIdSecret: 'a secret',
    suspensions,
  };
  const sent = () => queueNames.flatMap((name) => queues[name].sent.map(({ message }) => message));
  return { deps, items: table.items, queues, sent, suspended };
}

/** Submits batches on fakes. */
export function aSubmitAllFunction(
  before: Hook = () => {},
  stageLimits: SetLimits = {},
  types: Contracts = contracts,
) {
  const { deps, ...world } = submitting(before, types);
  const log = recordedLog();
  const meters = new RecordedMeters();
  const {
    door: requests,
    jobsDoor: door,
    shareDoor,
    rates,
    counts,
    own,
  } = aDoor(stageLimits, deps.clock, world.items);
  const pauses = somePauses();
  const pauseDoor = new PauseDoor({ pauses, clock: new FixedClock(), log });
  const granting = { root: aRootSecretEntry(), retentionDays: 30 };
  const submit = (
    body: unknown,
    headers = {},
    granted: readonly Right[] = rights,
  ): Promise<SubmitAllResponse> =>
    submitAll(
      aRequest({
        rawPath: '/jobs/batch',
        headers: { ...aRequest().headers, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
      { tenant: 'a tenant', actor: 'key:a-key', rights: granted },
      {
        ...{ contracts: types, submitting: { ...deps, pauseDoor }, granting, log, meters },
        ...{ door, shareDoor, requests },
        dependencies: inMemoryDependencies(deps.store),
      },
    );
  /** The items of the answer to a batch of these jobs. */
  const itemsOf = async (jobs: readonly unknown[], headers = {}) => (await submit({ jobs }, headers)).items;
  return {
    ...world,
    clock: deps.clock,
    submit,
    itemsOf,
    log,
    meters,
    rates,
    counts,
    own,
    pauses: pauses.pauses,
  };
}
