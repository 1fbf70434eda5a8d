import { type RemoteStatus, ServiceBusyError } from '../../../shared/author/remote.ts';
import { ServiceRefusedError } from '../../../shared/author/remote-errors.ts';
import type { AggregateResult, Aggregator } from '../../emr-aggregate/handler.ts';
import { EmrError, type EmrJobRun, type EmrServerless } from './emr-serverless.ts';

export const emrRole = 'arn:aws:iam::123456789012:role/emr';

const nameOf = ({ id, token }: { readonly id: string; readonly token: string }) => `${id} ${token}`;

/** An aggregator without HTTP and SDK. @param result what its job runs write */
export function inMemoryAggregator(model: EmrServerless, result: AggregateResult): Aggregator {
  return {
    find: async (call) =>
      errorsOf(() => model.list(0, 0).jobRuns.find(({ name }) => name === nameOf(call))?.jobRunId),
    start: async (call) =>
      errorsOf(() => {
        const request = { name: nameOf(call), executionRoleArn: emrRole, jobDriver: call.payload };
        return model.start({ ...request, clientToken: call.token }).jobRunId;
      }),
    poll: async ({ remoteId }) =>
      errorsOf(() => {
        const run = model.runs.find(({ jobRunId }) => jobRunId === remoteId);
        return run ? statusOf(model.get(remoteId), result) : { kind: 'failed', error: 'unknown' };
      }),
    cancel: async ({ remoteId }) =>
      errorsOf(() => {
        const { state } = model.get(remoteId);
        if (!['SUCCESS', 'FAILED', 'CANCELLED'].includes(state)) model.cancel(remoteId);
      }),
  };
}

function statusOf(
  { state, stateDetails }: EmrJobRun,
  result: AggregateResult,
): RemoteStatus<AggregateResult> {
  if (state === 'SUCCESS') return { kind: 'succeeded', result };
  return state === 'PENDING' || state === 'RUNNING'
    ? { kind: 'running', message: `${state.toLowerCase()} on EMR Serverless` }
    : { kind: 'failed', error: stateDetails === '' ? 'it was canceled' : stateDetails };
}

function errorsOf<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof EmrError)) throw error;
    const isBusy = error.status === 429 || error.status >= 500;
    throw isBusy ? new ServiceBusyError(error.name) : new ServiceRefusedError(error.name);
  }
}
