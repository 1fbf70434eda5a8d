import type { SubmitOptions } from './handler.ts';

/** An ordinary job that a handler submits. */
export interface JobOrder {
  readonly type: string;
  readonly payload: unknown;
  readonly options: SubmitOptions;
}

/** The same, with the job whose handler submits it. */
export interface OrderOfJob extends JobOrder {
  readonly by: { readonly id: string; readonly tenant: string };
  /** That of the order in its job. */
  readonly key: string;
  readonly traceparent: string | undefined;
}
