import {
  CancelJobCommand,
  CreateJobCommand,
  type CreateJobCommandInput,
  GetJobCommand,
  type Job,
  ListJobsCommand,
  MediaConvertClient,
} from '@aws-sdk/client-mediaconvert';
import {
  answerOf,
  notSetUp,
  PermanentError,
  type RemoteCall,
  type RemoteStatus,
  remoteClientSettings,
  remoteOutputNameOf,
  type SettingsOf,
} from '../../shared/author/index.ts';
import type { TranscodePayload, TranscodeResult, Transcoder } from './handler.ts';
import type { uses } from './uses.ts';

/** What the stage has in MediaConvert. */
interface TranscoderSettings {
  /** ARN of the role that MediaConvert reads the video and writes the files with. */
  readonly role: string;
  /** ARN of a queue that has no other jobs: the longer it is, the more must be read to find one. */
  readonly queue: string;
  readonly bucket: string;
}

/** Asking again does not help. @see https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobs.html */
const permanent = ['BadRequestException', 'ForbiddenException', 'AccessDeniedException', 'NotFoundException'];
/** What a cancel is answered with if there is nothing to cancel any more. */
const mayHaveEnded = ['ConflictException', 'BadRequestException', 'NotFoundException'];
const endedStates: readonly unknown[] = ['COMPLETE', 'CANCELED', 'ERROR'];
/** How far its clock and ours may differ. */
const skewMs = 60_000;
/** What the list allows. */
const pageSize = 20;

/** For the account and region of the environment. Where the stage has not set it up, it refuses each call. */
export const transcoderOf = ({
  TRANSCODE_ROLE: role,
  TRANSCODE_QUEUE: queue,
  BUCKET: bucket,
}: SettingsOf<typeof uses>): Transcoder =>
  role === '' || queue === ''
    ? notSetUp(['transcodeRole', 'transcodeQueue'])
    : mediaConvertTranscoder(new MediaConvertClient(remoteClientSettings), { role, queue, bucket });

/** Transcodes by MediaConvert, from and to the stage's bucket. */
export function mediaConvertTranscoder(
  client: MediaConvertClient,
  { role, queue, bucket }: TranscoderSettings,
): Transcoder {
  const read = async (remoteId: string, signal: AbortSignal): Promise<Job> => {
    const { Job: job } = await client.send(new GetJobCommand({ Id: remoteId }), { abortSignal: signal });
    if (!job) throw new Error(`MediaConvert has answered without the job ${remoteId}`);
    return job;
  };
  const find: Transcoder['find'] = async ({ token, since, signal }) => {
    let NextToken: string | undefined;
    do {
      const command = new ListJobsCommand({
        Queue: queue,
        Order: 'DESCENDING',
        MaxResults: pageSize,
        ...(NextToken === undefined ? {} : { NextToken }),
      });
      const page = await client.send(command, { abortSignal: signal });
      const jobs = page.Jobs ?? [];
      const found = jobs.find(({ UserMetadata }) => UserMetadata?.token === token);
      if (found?.Id !== undefined) return found.Id;
      const oldest = jobs.at(-1)?.CreatedAt?.getTime() ?? since;
      NextToken = oldest < since - skewMs ? undefined : page.NextToken;
    } while (NextToken !== undefined);
    return undefined;
  };
  const cancel: Transcoder['cancel'] = async ({ remoteId, signal }) => {
    try {
      await client.send(new CancelJobCommand({ Id: remoteId }), { abortSignal: signal });
    } catch (error) {
      if (!(error instanceof Error && mayHaveEnded.includes(error.name))) throw error;
      if (error.name === 'NotFoundException') return;
      const { Status } = await read(remoteId, signal);
      if (!endedStates.includes(Status)) throw error;
    }
  };
  const poll: Transcoder['poll'] = async (call) => {
    try {
      return statusOf(await read(call.remoteId, call.signal), call, bucket);
    } catch (error) {
      if (!(error instanceof Error && error.name === 'NotFoundException')) throw error;
      return { kind: 'failed', error: `MediaConvert does not know the job ${call.remoteId} any more` };
    }
  };
  const start: Transcoder['start'] = async (call) => {
    const command = new CreateJobCommand(requestFor(call, { role, queue, bucket }));
    const { Job: job } = await client.send(command, { abortSignal: call.signal });
    if (job?.Id === undefined) throw new Error('MediaConvert has answered without the id of a job');
    return job.Id;
  };
  return {
    find: (call) => answerOf(find(call), permanent),
    start: (call) => answerOf(start(call), permanent),
    poll: (call) => answerOf(poll(call), permanent),
    cancel: (call) => answerOf(cancel(call), permanent),
  };
}

type Call = RemoteCall<TranscodePayload>;

/** The files are beside each other, each with the number of its output: a preset may be used twice. */
const fileNames = ({ payload }: Pick<Call, 'payload'>) =>
  payload.outputs.map(({ preset, extension }, at) => ({
    preset,
    extension,
    modifier: `-${at + 1}-${preset}`,
  }));

const destinationOf = (call: Call, bucket: string): string =>
  `s3://${bucket}/${remoteOutputNameOf(call, call.token)}/video`;

const requestFor = (call: Call, { role, queue, bucket }: TranscoderSettings): CreateJobCommandInput => ({
  Role: role,
  Queue: queue,
  ClientRequestToken: call.token,
  UserMetadata: { job: call.id, token: call.token },
  Settings: {
    Inputs: [
      {
        FileInput: `s3://${bucket}/${call.payload.video}`,
        AudioSelectors: { 'Audio Selector 1': { DefaultSelection: 'DEFAULT' } },
        VideoSelector: {},
        TimecodeSource: 'ZEROBASED',
      },
    ],
    OutputGroups: [
      {
        Name: 'Files',
        OutputGroupSettings: {
          Type: 'FILE_GROUP_SETTINGS',
          FileGroupSettings: { Destination: destinationOf(call, bucket) },
        },
        Outputs: fileNames(call).map(({ preset, extension, modifier }) => ({
          Preset: preset,
          NameModifier: modifier,
          Extension: extension,
        })),
      },
    ],
  },
});

function statusOf(job: Job, call: Call, bucket: string): RemoteStatus<TranscodeResult> {
  switch (job.Status) {
    case 'SUBMITTED':
      return { kind: 'running', percent: 0, message: 'waits in the queue of MediaConvert' };
    case 'PROGRESSING':
      return {
        kind: 'running',
        percent: job.JobPercentComplete ?? 0,
        message: (job.CurrentPhase ?? 'progressing').toLowerCase(),
      };
    case 'COMPLETE':
      return { kind: 'succeeded', result: resultOf(job, call, bucket) };
    case 'ERROR':
      return {
        kind: 'failed',
        error: `MediaConvert error ${job.ErrorCode ?? ''}: ${job.ErrorMessage ?? 'unknown'}`,
      };
    case 'CANCELED':
      return { kind: 'failed', error: 'it was canceled in MediaConvert' };
    default:
      throw new PermanentError(`MediaConvert has a job in an unknown state: ${job.Status}`);
  }
}

function resultOf(job: Job, call: Call, bucket: string): TranscodeResult {
  const details = job.OutputGroupDetails?.[0]?.OutputDetails ?? [];
  return {
    outputs: fileNames(call).map(({ preset, extension, modifier }, at) => ({
      preset,
      uri: `${destinationOf(call, bucket)}${modifier}.${extension}`,
      durationMs: details[at]?.DurationInMs ?? null,
      width: details[at]?.VideoDetails?.WidthInPx ?? null,
      height: details[at]?.VideoDetails?.HeightInPx ?? null,
    })),
  };
}
