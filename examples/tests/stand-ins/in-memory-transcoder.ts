import { type RemoteStatus, ServiceBusyError } from '../../../shared/author/remote.ts';
import { ServiceRefusedError } from '../../../shared/author/remote-errors.ts';
import type { TranscodeResult, Transcoder } from '../../transcode-video/handler.ts';
import { type MediaConvert, MediaConvertError, type MediaConvertJob } from './media-convert.ts';

export const transcodeQueue = 'arn:aws:mediaconvert:eu-central-1:123456789012:queues/transcode';
export const transcodeRole = 'arn:aws:iam::123456789012:role/transcode';

/** A transcoder without HTTP and SDK. */
export function inMemoryTranscoder(model: MediaConvert): Transcoder {
  return {
    find: async ({ token }) =>
      errorsOf(() => {
        const { jobs } = model.list({ queue: transcodeQueue, descending: true });
        return jobs.find(({ userMetadata }) => userMetadata.token === token)?.id;
      }),
    start: async ({ id, token, payload }) =>
      errorsOf(() => {
        const userMetadata = { job: id, token };
        const request = { queue: transcodeQueue, role: transcodeRole, settings: payload };
        return model.create({ ...request, userMetadata, clientRequestToken: token }).id;
      }),
    poll: async ({ remoteId, payload, token }) =>
      errorsOf(() => {
        const outputs = payload.outputs.map(({ preset, extension }, at) => ({
          ...{ preset, uri: `s3://bucket/${token}-${at + 1}.${extension}` },
          ...{ durationMs: 60_000, width: 1280, height: 720 },
        }));
        const job = model.jobs.find((one) => one.id === remoteId);
        return job ? statusOf(model.get(job.id), { outputs }) : { kind: 'failed', error: 'unknown' };
      }),
    cancel: async ({ remoteId }) =>
      errorsOf(() => {
        if (['SUBMITTED', 'PROGRESSING'].includes(model.get(remoteId).status)) model.cancel(remoteId);
      }),
  };
}

function statusOf(job: MediaConvertJob, result: TranscodeResult): RemoteStatus<TranscodeResult> {
  const { status, jobPercentComplete: percent = 0, errorMessage } = job;
  if (status === 'COMPLETE') return { kind: 'succeeded', result };
  return status === 'SUBMITTED' || status === 'PROGRESSING'
    ? { kind: 'running', percent, message: status.toLowerCase() }
    : { kind: 'failed', error: errorMessage ?? status };
}

function errorsOf<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof MediaConvertError)) throw error;
    const isBusy = error.status === 429 || error.status >= 500;
    throw isBusy ? new ServiceBusyError(error.name) : new ServiceRefusedError(error.name);
  }
}
