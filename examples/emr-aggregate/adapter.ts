import { text } from 'node:stream/consumers';
import {
  CancelJobRunCommand,
  EMRServerlessClient,
  GetJobRunCommand,
  type JobRun,
  ListJobRunsCommand,
  StartJobRunCommand,
  type StartJobRunCommandInput,
} from '@aws-sdk/client-emr-serverless';
import * as z from 'zod/mini';
import {
  answerOf,
  MissingObjectError,
  NotJsonError,
  notSetUp,
  type ObjectStore,
  PermanentError,
  type RemoteCall,
  type RemoteStatus,
  readJson,
  remoteClientSettings,
  remoteOutputNameOf,
  type SettingsOf,
} from '../../shared/author/index.ts';
import { emrAggregate as contract } from './contract.ts';
import type { AggregatePayload, AggregateResult, Aggregator } from './handler.ts';
import type { uses } from './uses.ts';

/** What the stage has in EMR Serverless. */
interface AggregatorSettings {
  /** Id of the application. */
  readonly application: string;
  /** ARN of the role that a job run reads the CSVs and writes the result with. */
  readonly role: string;
  readonly bucket: string;
  readonly objects: Pick<ObjectStore, 'read'>;
}

/** Asking again does not help. */
const permanent = ['ValidationException', 'AccessDeniedException', 'ResourceNotFoundException'];
/** What a cancel is answered with if there is nothing to cancel any more. */
const mayHaveEnded = ['ConflictException', 'ValidationException'];
const endedStates: readonly unknown[] = ['SUCCESS', 'FAILED', 'CANCELLED', 'CANCELLING'];
/** How far its clock and ours may differ. */
const skewMs = 60_000;
/** Of one argument of a job run. */
const maxArgument = 10_280;
/** Where a deployment puts the script (infra/deployed/upload-scripts.ts). */
const scripts = 'scripts/emr-aggregate';

/** For the account and region of the environment. Where the stage has not set it up, it refuses each call. */
export const aggregatorOf = (
  { EMR_APPLICATION: application, EMR_ROLE: role, BUCKET: bucket }: SettingsOf<typeof uses>,
  objects: AggregatorSettings['objects'],
): Aggregator =>
  application === '' || role === ''
    ? notSetUp(['emrApplication', 'emrRole'])
    : emrAggregator(new EMRServerlessClient(remoteClientSettings), { application, role, bucket, objects });

/** Aggregates by a job run of EMR Serverless, from and to the stage's bucket. */
export function emrAggregator(client: EMRServerlessClient, settings: AggregatorSettings): Aggregator {
  const { application: applicationId } = settings;
  const read = async (jobRunId: string, abortSignal: AbortSignal): Promise<JobRun> => {
    const { jobRun } = await client.send(new GetJobRunCommand({ applicationId, jobRunId }), { abortSignal });
    if (!jobRun) throw new Error(`EMR has answered without the job run ${jobRunId}`);
    return jobRun;
  };
  const find: Aggregator['find'] = async (call) => {
    const createdAtAfter = new Date(call.since - skewMs);
    let nextToken: string | undefined;
    do {
      const command = new ListJobRunsCommand({
        ...{ applicationId, createdAtAfter },
        ...(nextToken === undefined ? {} : { nextToken }),
      });
      const page = await client.send(command, { abortSignal: call.signal });
      const found = page.jobRuns?.find(({ name }) => name === nameOf(call));
      if (found) return found.id;
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return undefined;
  };
  const start: Aggregator['start'] = async (call) => {
    const command = new StartJobRunCommand(requestFor(call, settings));
    const { jobRunId } = await client.send(command, { abortSignal: call.signal });
    if (jobRunId === undefined) throw new Error('EMR has answered without the id of a job run');
    return jobRunId;
  };
  const poll: Aggregator['poll'] = async (call) => {
    try {
      const status = statusOf(await read(call.remoteId, call.signal));
      return status === 'SUCCESS' ? await readResult(call, settings.objects) : status;
    } catch (error) {
      if (!(error instanceof Error && error.name === 'ResourceNotFoundException')) throw error;
      return { kind: 'failed', error: `EMR does not know the job run ${call.remoteId} any more` };
    }
  };
  const cancel: Aggregator['cancel'] = async ({ remoteId: jobRunId, signal }) => {
    try {
      await client.send(new CancelJobRunCommand({ applicationId, jobRunId }), { abortSignal: signal });
    } catch (error) {
      if (!(error instanceof Error && mayHaveEnded.includes(error.name))) throw error;
      if (!endedStates.includes((await read(jobRunId, signal)).state)) throw error;
    }
  };
  return {
    find: (call) => answerOf(find(call), permanent),
    start: (call) => answerOf(start(call), permanent),
    poll: (call) => answerOf(poll(call), permanent),
    cancel: (call) => answerOf(cancel(call), permanent),
  };
}

type Call = RemoteCall<AggregatePayload>;

/** By which it is found: names need not be unique, but a token is. */
const nameOf = ({ id, token }: Pick<Call, 'id' | 'token'>): string => `${id} ${token}`;

const outputOf = (call: Call): string => `${remoteOutputNameOf(call, call.token)}/result.json`;

function requestFor(call: Call, { application, role, bucket }: AggregatorSettings): StartJobRunCommandInput {
  const { objects, groupBy, metrics } = call.payload;
  const request = JSON.stringify({ groupBy, metrics });
  if (request.length > maxArgument)
    throw new PermanentError(`groupBy and metrics may have ${maxArgument} characters as JSON`);
  const inBucket = (name: string) => `s3://${bucket}/${name}`;
  return {
    applicationId: application,
    executionRoleArn: role,
    clientToken: call.token,
    name: nameOf(call),
    jobDriver: {
      sparkSubmit: {
        entryPoint: inBucket(`${scripts}/main.py`),
        entryPointArguments: [
          ...['--request', request, '--output', inBucket(outputOf(call))],
          ...objects.map(inBucket),
        ],
        sparkSubmitParameters: `--py-files ${inBucket(`${scripts}/csv_figures.py`)}`,
      },
    },
  };
}

/** EMR does not say how far a job run is. */
function statusOf({ state, stateDetails }: JobRun): RemoteStatus<AggregateResult> | 'SUCCESS' {
  switch (state) {
    case 'SUBMITTED':
    case 'PENDING':
    case 'SCHEDULED':
    case 'QUEUED':
      return { kind: 'running', message: `${state.toLowerCase()} on EMR Serverless` };
    case 'RUNNING':
      return { kind: 'running', message: 'running on EMR Serverless' };
    case 'SUCCESS':
      return state;
    case 'FAILED':
      return { kind: 'failed', error: stateDetails || 'the job run has failed' };
    case 'CANCELLING':
    case 'CANCELLED':
      return { kind: 'failed', error: 'it was canceled on EMR Serverless' };
    default:
      throw new PermanentError(`EMR has a job run in an unknown state: ${state}`);
  }
}

/** A run without a result is one that has failed: a retry by the user starts another one. */
async function readResult(
  call: Call,
  objects: Pick<ObjectStore, 'read'>,
): Promise<RemoteStatus<AggregateResult>> {
  try {
    const written = await text(objects.read(outputOf(call), { signal: call.signal }));
    const parsed = z.safeParse(contract.result, readJson(written));
    if (parsed.success) return { kind: 'succeeded', result: parsed.data };
  } catch (error) {
    if (!(error instanceof MissingObjectError || error instanceof NotJsonError)) throw error;
  }
  return { kind: 'failed', error: 'the job run has ended, and has written no result' };
}
