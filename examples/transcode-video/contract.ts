import * as z from 'zod/mini';
import { defineJob, remoteState, zObject } from '../../shared/author/index.ts';

const output = z.strictObject({
  /**
   * The name of a preset of MediaConvert, of AWS or of the account, such as
   * System-Generic_Hd_Mp4_Avc_Aac_16x9_1280x720p_24Hz_4.5Mbps.
   */
  preset: z
    .string()
    .check(z.regex(/^[\w.-]{1,200}$/, 'must be the name of a preset: letters, digits, _, . and -')),
  /** Of the file's name. It must fit what the preset makes. */
  extension: z._default(
    z.string().check(z.regex(/^[a-z0-9]{1,8}$/, 'must be up to 8 letters and digits')),
    'mp4',
  ),
});

/** Transcodes an uploaded video by AWS Elemental MediaConvert: one file for each output. */
export const transcodeVideo = defineJob({
  queue: 'long',
  payload: z.strictObject({
    video: zObject(),
    outputs: z.array(output).check(z.minLength(1), z.maxLength(20)),
  }),
  result: z.object({
    /** In the order of the payload. */
    outputs: z.array(
      z.object({
        preset: z.string(),
        /** Where the file is: s3://bucket/key. */
        uri: z.string(),
        durationMs: z.nullable(z.int()),
        width: z.nullable(z.int()),
        height: z.nullable(z.int()),
      }),
    ),
  }),
  checkpoint: remoteState,
  hasCancel: true,
  needs: ['transcodeRole', 'transcodeQueue'],
  timeoutSeconds: 120,
  maxAttempts: 5,
});
