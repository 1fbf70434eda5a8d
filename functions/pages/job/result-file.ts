import { type Contracts, contractOf } from '../../../shared/author/contract.ts';
import { hasMarked } from '../../../shared/author/marked-fields.ts';
import type { JobItem } from '../../../shared/domain/state/job/item.ts';

/** How the name of a file ends, by its media type. Others end in `bin`: it is not known what they are. */
const endings: Readonly<Record<string, string>> = {
  'application/gzip': 'gz',
  'application/json': 'json',
  'application/jsonl': 'jsonl',
  'application/pdf': 'pdf',
  'application/vnd.apache.parquet': 'parquet',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/x-ndjson': 'jsonl',
  'application/xml': 'xml',
  'application/zip': 'zip',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'text/csv': 'csv',
  'text/html': 'html',
  'text/plain': 'txt',
  'text/xml': 'xml',
};

/** Under which name a browser saves the result of a job. */
export function resultFileName({ id, resultObject }: JobItem): string {
  const [mediaType = ''] = (resultObject?.contentType ?? 'application/json').split(';');
  const type = mediaType.trim().toLowerCase();
  return `${id}.${Object.hasOwn(endings, type) ? endings[type] : 'bin'}`;
}

/** Pages hide the secret fields of a result. In an object they cannot, so they do not lead to it. */
export function hasSecretResult({ type }: JobItem, contracts: Contracts): boolean {
  const contract = contractOf(contracts, type);
  return contract !== undefined && hasMarked(contract.result, 'secret');
}
