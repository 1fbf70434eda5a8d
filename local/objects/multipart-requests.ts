import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { type MultipartUploads, type NamedPart, type Part, partNumberOf } from './multipart.ts';
import type { Address } from './object-store.ts';
import { escapeXml, S3Error, unescapeXml, xml } from './s3-error.ts';
import type { S3Target } from './s3-target.ts';

const maxListedParts = 1000;
/** 10,000 parts, with some room. */
const maxDocumentBytes = 4 * 1024 * 1024;

/** The document that answers a request which creates an upload. */
export const createdDocument = ({ bucket, key }: Address, id: string): string =>
  xml(
    'InitiateMultipartUploadResult',
    `<Bucket>${bucket}</Bucket><Key>${escapeXml(key)}</Key><UploadId>${id}</UploadId>`,
  );

export const completedDocument = ({ bucket, key }: Address, etag: string): string =>
  xml(
    'CompleteMultipartUploadResult',
    `<Bucket>${bucket}</Bucket><Key>${escapeXml(key)}</Key><ETag>${escapeXml(etag)}</ETag>`,
  );

/** The document that answers a request which copies a part. */
export const copiedDocument = (md5: string): string =>
  xml('CopyPartResult', `<ETag>&quot;${md5}&quot;</ETag>`);

/** A page of the parts of an upload. */
export function partsDocument(uploads: MultipartUploads, target: S3Target, id: string): string {
  uploads.require(id, target);
  const after = Number(target.parameter('part-number-marker') ?? 0);
  const count = Math.min(maxListedParts, Number(target.parameter('max-parts') ?? maxListedParts));
  const rest = uploads.parts(id).filter(({ number }) => number > after);
  const page = rest.slice(0, count);
  return xml(
    'ListPartsResult',
    [
      `<Bucket>${target.bucket}</Bucket><Key>${escapeXml(target.key)}</Key><UploadId>${escapeXml(id)}</UploadId>`,
      `<PartNumberMarker>${after}</PartNumberMarker>`,
      `<NextPartNumberMarker>${page.at(-1)?.number ?? 0}</NextPartNumberMarker>`,
      `<MaxParts>${count}</MaxParts><IsTruncated>${rest.length > page.length}</IsTruncated>`,
      ...page.map(partElement),
    ].join(''),
  );
}

const partElement = ({ number, modified, md5, size }: Part): string =>
  `<Part><PartNumber>${number}</PartNumber><LastModified>${new Date(modified).toISOString()}</LastModified><ETag>&quot;${md5}&quot;</ETag><Size>${size}</Size></Part>`;

/** Reads the parts that a request names which completes an upload. @throws S3Error if it is too long */
export async function namedPartsIn(incoming: IncomingMessage): Promise<readonly NamedPart[]> {
  if (Number(incoming.headers['content-length'] ?? 0) > maxDocumentBytes)
    throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size');
  const document = await text(incoming);
  return [...document.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
    number: partNumberOf(/<PartNumber>\s*(\d+)\s*<\/PartNumber>/.exec(part)?.[1] ?? ''),
    etag: unescapeXml(/<ETag>(.*?)<\/ETag>/s.exec(part)?.[1] ?? '').trim(),
  }));
}
