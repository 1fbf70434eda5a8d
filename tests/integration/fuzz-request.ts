import type { RawRequest } from './http-system.ts';

/** What makes of a request one that nobody sends by intention. */
export type Mutation = (request: FuzzRequest) => FuzzRequest;

/** A request that is not yet put into bytes. */
export interface FuzzRequest extends Omit<RawRequest, 'target' | 'body'> {
  readonly path: string;
  readonly query: string;
  /** A JSON value, or bytes. */
  readonly body?: unknown;
}
