import { expect } from '@jest/globals';
import * as z from 'zod/mini';
import { type HttpCall, routed } from '../../api-gateway.ts';
import type { StageOnLambda } from './stage-on-lambda.ts';

/** The answer that API Gateway gets from a function. It takes no other fields, and headers that are texts. */
const answerSchema = z.strictObject({
  statusCode: z.int(),
  headers: z._default(z.record(z.string(), z.string()), {}),
  body: z._default(z.string(), ''),
  cookies: z._default(z.array(z.string()), []),
  isBase64Encoded: z._default(z.boolean(), false),
});

export interface Request extends HttpCall {
  readonly cookies?: readonly string[];
}

/** As API Gateway invokes it: a body is base64 where its type says nothing of text, and cookies have a field of their own. */
export async function requestOn(
  stage: Pick<StageOnLambda, 'invoke'>,
  { cookies, body, ...call }: Request,
): Promise<z.infer<typeof answerSchema>> {
  const { event, functionName } = routed(call);
  const outcome = await stage.invoke(functionName, {
    ...event,
    ...(cookies === undefined ? {} : { cookies }),
    ...(body === undefined ? {} : { body: Buffer.from(body).toString('base64'), isBase64Encoded: true }),
  });
  expect(outcome).toMatchObject({ kind: 'response' });
  return answerSchema.parse(outcome.body);
}
