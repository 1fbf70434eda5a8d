import type { JobHandler, PayloadOf, ResultOf } from '../../shared/author/index.ts';
import type { encodeVideo as contract } from './contract.ts';

type Payload = PayloadOf<typeof contract>;
export type VideoFacts = Omit<ResultOf<typeof contract>, 'bytes'>;

export interface Encoding extends Pick<Payload, 'format' | 'height' | 'quality'> {
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Called now and then, with how many seconds of the video are encoded, and of how many if that is known. */
  readonly onSeconds: (seconds: number, all: number | null) => void;
}

/** What encodes videos, in files. Where a signal is aborted, a call ends, and all that it has started. */
export interface Encoder {
  /** @returns a new folder, for one video */
  prepare(): Promise<string>;
  /** Adds to the end of the folder's video. */
  append(piece: {
    readonly folder: string;
    readonly chunk: Uint8Array;
    readonly signal: AbortSignal;
  }): Promise<void>;
  /**
   * Encodes the video of a folder.
   * @returns what the encoded video is
   * @throws PermanentError if the video cannot be encoded
   */
  encode(encoding: Encoding): Promise<VideoFacts>;
  /** The encoded video of a folder. */
  open(video: { readonly folder: string; readonly signal: AbortSignal }): Promise<AsyncIterable<Uint8Array>>;
  remove(folder: string): Promise<void>;
}

const contentTypes: Readonly<Record<Payload['format'], string>> = { mp4: 'video/mp4', webm: 'video/webm' };
/** Between these two the video is encoded. */
const percentBefore = 5;
const percentAfter = 95;

export const encodeVideo =
  (encoder: Encoder): JobHandler<typeof contract> =>
  async ({ object, ...options }, job) => {
    const { signal } = job;
    const folder = await encoder.prepare();
    try {
      job.progress(0, 'downloading');
      for await (const chunk of job.object(object).stream()) await encoder.append({ folder, chunk, signal });
      job.progress(percentBefore, 'encoding');
      const onSeconds: Encoding['onSeconds'] = (seconds, all) => {
        if (all)
          job.progress(percentAt(seconds / all), `${Math.round(seconds)} of ${Math.round(all)} s encoded`);
      };
      const facts = await encoder.encode({ ...options, folder, signal, onSeconds });
      job.progress(percentAfter, 'storing');
      const output = job.output({ contentType: contentTypes[options.format] });
      for await (const chunk of await encoder.open({ folder, signal })) await output.write(chunk);
      job.progress(100, 'done');
      return { ...facts, bytes: output.bytes };
    } finally {
      await encoder.remove(folder);
    }
  };

const percentAt = (part: number): number =>
  percentBefore + (percentAfter - percentBefore) * Math.min(1, Math.max(0, part));
