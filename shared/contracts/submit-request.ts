import * as z from 'zod/mini';

/** The body of `POST /jobs`. The payload is checked against the contract of its type. */
export const submitRequest = z.strictObject({
  type: z.string(),
  payload: z.optional(z.unknown()),
});
