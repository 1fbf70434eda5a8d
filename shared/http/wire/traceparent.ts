import type { HttpRequest } from './http-types.ts';

/** W3C Trace Context, section 3.2.2. Versions after 00 may have more fields, which nobody here reads. */
const shape = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:$|(?=-))/;

/**
 * The trace that a request is part of. A header that is not valid is ignored, as the recommendation has it: nobody
 * loses a job for a trace.
 */
export const traceparentIn = ({ headers }: HttpRequest): string | undefined =>
  shape.exec(headers.traceparent?.trim() ?? '')?.[0];
