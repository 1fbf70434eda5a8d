import * as z from 'zod/mini';
import { safeParse } from 'zod/v4/core';
import type { SentSignal } from '../../operations/act/signal-job.ts';
import { type AnswerSchemas, lineOfAnswer } from '../wire/answer-words.ts';
import type { HttpRequest } from '../wire/http-types.ts';
import { requireShallow } from '../wire/nesting.ts';
import { maxBodyBytes, parseJsonBody } from '../wire/parse-json-body.ts';
import { parseQuery } from '../wire/query.ts';
import { invalid, violationsIn } from '../wire/violations.ts';

const maxKey = 200;
const keyText = `must have 1 to ${maxKey} characters`;

/** The body of `POST /jobs/{id}/signals/{signal}`. The type of the job says more. */
export const answer = z.unknown();

/** The query of the same. */
export const signalQuery = z.strictObject({
  key: z.optional(z.string().check(z.minLength(1, keyText), z.maxLength(maxKey, keyText))),
});

/**
 * An answer, which is checked by the schema that the job's type has for it. A page has read it from a field of a form.
 */
export const signalOf = (
  sent: Omit<SentSignal, 'check' | 'wordsOf'>,
  schemas: AnswerSchemas,
): SentSignal => ({
  ...sent,
  check: (schema) => {
    requireShallow(sent.value);
    const violations = violationsIn(safeParse(schema, sent.value), '');
    if (violations.length > 0) throw invalid(violations);
  },
  wordsOf: (type, shown) => {
    const schema = schemas(type)?.[sent.name];
    return schema && lineOfAnswer(schema, shown);
  },
});

/**
 * Reads an answer to a job. What it must be, the type of the job says.
 * @throws UnsupportedMediaTypeError, PayloadTooLargeError, InvalidRequestError
 */
export function parseSignal(request: HttpRequest, schemas: AnswerSchemas): SentSignal {
  const { key } = parseQuery(request, signalQuery);
  const value = parseJsonBody(request, maxBodyBytes);
  return signalOf({ name: request.pathParameters?.signal ?? '', key, value }, schemas);
}
