import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { MissingObjectError, UploadGoneError } from '../../domain/objects/object-errors.ts';
import type { MultipartUploads, Upload, UploadedPart } from '../../domain/objects/object-ports.ts';
import type { abortResults, writeResults } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';
import { encodedKey } from './object-signer.ts';
import {
  errorCodeIn,
  refusal,
  repeated,
  repeatedShortly,
  requireStatus,
  type S3Answer,
  type S3Request,
  s3Requests,
} from './s3-requests.ts';

/** S3 wants 5 MiB at least. 666 of these have the 5 GB that a streamed result may have. */
const partBytes = 8 * 1024 * 1024;

/** Uploads in parts behind the `MultipartUploads` port. */
export function s3MultipartUploads(
  config: Granted<typeof writeResults> | Granted<typeof abortResults>,
): MultipartUploads {
  const send = s3Requests(config);

  /** Of an upload that there must be. */
  async function ask(request: S3Request): Promise<S3Answer> {
    const answer = await send(request);
    if (answer.statusCode === 200) return answer;
    const code = errorCodeIn(await text(answer.body));
    throw answer.statusCode === 404 ? new UploadGoneError('there is no such upload') : refusal(answer, code);
  }

  /** @returns nothing if there is no such object */
  async function etagOf(name: string): Promise<string | undefined> {
    const answer = await send({ method: 'HEAD', name });
    await requireStatus(answer, [200, 404]);
    return answer.statusCode === 200 ? answer.headers.etag : undefined;
  }

  return {
    partBytes,

    start: ({ name, contentType }) =>
      repeated(async () => {
        const headers = { 'content-type': contentType };
        const answer = await ask({ method: 'POST', name, query: { uploads: '' }, headers });
        return { name, uploadId: elementIn(await text(answer.body), 'UploadId') };
      }),

    putPart: ({ name, uploadId, number, body }) =>
      repeated(async () => {
        const query = { partNumber: String(number), uploadId };
        const answer = await ask({ method: 'PUT', name, query, body });
        await text(answer.body);
        return { number, etag: unquoted(answer.headers.etag ?? ''), bytes: body.length };
      }),

    copyPart: ({ name, uploadId, number, from, start, end }) =>
      repeated(async () => {
        const query = { partNumber: String(number), uploadId };
        const headers = {
          'x-amz-copy-source': `/${config.BUCKET_NAME}/${encodedKey(from)}`,
          'x-amz-copy-source-range': `bytes=${start}-${end - 1}`,
        };
        const answer = await send({ method: 'PUT', name, query, headers });
        const document = await text(answer.body);
        const etag = unquoted(elementIn(document, 'ETag'));
        if (answer.statusCode === 200 && etag !== '') return { number, etag, bytes: end - start };
        const code = errorCodeIn(document);
        if (code === 'NoSuchUpload') throw new UploadGoneError('there is no such upload');
        if (['NoSuchKey', 'InvalidRange', 'InvalidArgument'].includes(code))
          throw new MissingObjectError(`there is no object ${from} of this size`);
        throw refusal(answer, code);
      }),

    async listParts({ name, uploadId }) {
      const parts: UploadedPart[] = [];
      for (let marker = '0'; ; ) {
        const query = { uploadId, 'part-number-marker': marker };
        const page = await repeated(async () => text((await ask({ method: 'GET', name, query })).body));
        parts.push(...partsIn(page));
        if (elementIn(page, 'IsTruncated') !== 'true') return parts;
        marker = elementIn(page, 'NextPartNumberMarker');
      }
    },

    complete: ({ name, uploadId }, parts) =>
      repeated(async () => {
        const headers = { 'content-type': 'application/xml', 'if-none-match': '*' };
        const query = { uploadId };
        const answer = await send({ method: 'POST', name, query, headers, body: completion(parts) });
        const document = await text(answer.body);
        // S3 begins to answer before it has made the object, so an answer of 200 may tell of an error.
        if (answer.statusCode === 200 && !document.includes('<Error>')) return;
        const code = errorCodeIn(document);
        if (!endedCodes.includes(code)) throw refusal(answer, code);
        // The answer to an earlier request may have been lost.
        if (unquoted((await etagOf(name)) ?? '') !== etagOfParts(parts))
          throw new UploadGoneError(`the upload cannot be completed: ${code}`);
      }),

    abort: ({ name, uploadId }: Upload) =>
      repeatedShortly(async (signal) =>
        requireStatus(await send({ method: 'DELETE', name, query: { uploadId }, signal }), [200, 204, 404]),
      ),
  };
}

const endedCodes = ['NoSuchUpload', 'InvalidPart', 'PreconditionFailed'];

const elementIn = (document: string, name: string): string =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(document)?.[1] ?? '';

const unquoted = (etag: string): string => etag.replaceAll(/"|&quot;|&#34;/g, '');

const partsIn = (document: string): readonly UploadedPart[] =>
  [...document.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
    number: Number(elementIn(part, 'PartNumber')),
    etag: unquoted(elementIn(part, 'ETag')),
    bytes: Number(elementIn(part, 'Size')),
  }));

const completion = (parts: readonly UploadedPart[]): string => {
  const elements = parts.map(
    ({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>"${etag}"</ETag></Part>`,
  );
  return `<CompleteMultipartUpload>${elements.join('')}</CompleteMultipartUpload>`;
};

/** The etag that S3 gives an object of these parts: an MD5 of their MD5s, and how many they are. */
const etagOfParts = (parts: readonly UploadedPart[]): string => {
  const md5s = createHash('md5');
  for (const { etag } of parts) md5s.update(Buffer.from(etag, 'hex'));
  return `${md5s.digest('hex')}-${parts.length}`;
};
