import * as z from 'zod/mini';
import { filterShape } from '../../../shared/http/requests/list-request.ts';
import type { HttpRequest } from '../../../shared/http/wire/http-types.ts';
import { parseQuery } from '../../../shared/http/wire/query.ts';

const { tags: tag, ...others } = filterShape;
const formQuery = z.strictObject({
  ...others,
  tag,
  cursor: z.optional(z.string()),
  action: z.optional(z.enum(['cancel', 'retry'], 'must be cancel or retry')),
});

/** A form sends its empty fields too. */
export const filledIn = ({ rawQueryString }: Pick<HttpRequest, 'rawQueryString'>): URLSearchParams =>
  new URLSearchParams([...new URLSearchParams(rawQueryString)].filter(([, value]) => value !== ''));

/**
 * The filter in a page's address, or in a form. What is empty was not filled in.
 * @throws InvalidRequestError
 */
export function filterIn(request: Pick<HttpRequest, 'rawQueryString'>) {
  const rawQueryString = filledIn(request).toString();
  const {
    tag: tags,
    cursor,
    action,
    ...rest
  } = parseQuery({ rawQueryString }, formQuery, {
    repeatable: ['tag'],
  });
  return { query: { ...rest, tags }, cursor, action };
}
