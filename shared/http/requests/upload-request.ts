import * as z from 'zod/mini';

/** What one PUT may send to S3. */
export const maxUploadBytes = 5 * 1024 ** 3;

/** A media type with parameters (RFC 9110): it becomes a header, so no line may end in it. */
const mediaType = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}(; ?[\w!#$&^.+-]+=[\w!#$&^.+-]+)*$/;

/** The body of `POST /uploads`. */
export const uploadRequest = z.strictObject({
  bytes: z
    .int('must be a whole number')
    .check(
      z.gte(0, 'must not be negative'),
      z.lte(maxUploadBytes, `may be ${maxUploadBytes} (5 GB) at most`),
    ),
  contentType: z.optional(
    z
      .string()
      .check(
        z.maxLength(255, 'may have 255 characters at most'),
        z.regex(mediaType, 'must be a media type, such as text/csv'),
      ),
  ),
});

/** Where to send the bytes. */
export const uploadResponse = z.object({
  /** The object's name, for a payload. */
  object: z.string(),
  /** The request to send, with these headers and the bytes as its body, and without a credential. */
  upload: z.object({
    method: z.literal('PUT'),
    url: z.string(),
    headers: z.readonly(z.record(z.string(), z.string())),
  }),
  /** Until when it can be sent. */
  expiresAt: z.iso.datetime(),
});
export type UploadResponse = z.infer<typeof uploadResponse>;
