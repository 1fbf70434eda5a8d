import { S3Error } from './s3-error.ts';

/** A part of a body: its first byte, and the first byte after it. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * The part that a header `range` asks for. S3 gives the whole object for what it does not understand, such as several
 * ranges.
 * @returns undefined for the whole object
 * @throws S3Error if the object has no such byte
 */
export function spanOf(range: string | undefined, size: number): Span | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const span =
    first === ''
      ? { from: Math.max(0, size - Number(last)), to: size }
      : { from: Number(first), to: last === '' ? size : Math.min(size, Number(last) + 1) };
  if (span.from < span.to) return span;
  throw new S3Error('InvalidRange', 'The requested range is not satisfiable', {
    'content-range': `bytes */${size}`,
  });
}
