import type { Contracts } from '../../../shared/author/contract.ts';
import { ForbiddenError } from '../../../shared/domain/base/errors.ts';
import type { JobItem } from '../../../shared/domain/state/job/item.ts';
import { answerResult } from '../../../shared/http/responses/answer-result.ts';
import { withoutSecrets } from '../../../shared/http/responses/status-response.ts';
import type { HttpRequest, HttpResponse } from '../../../shared/http/wire/http-types.ts';
import { pageHeaders } from '../html/layout.ts';
import { hasSecretResult, resultFileName } from './result-file.ts';

/**
 * Answers `GET /ui/jobs/{id}/result`: with a file to save, without what is secret in it.
 * @throws NoResultError; ForbiddenError for an object of a type that has secret fields
 */
export async function sendResult(
  item: JobItem,
  request: HttpRequest,
  { contracts, ...deps }: Parameters<typeof answerResult>[2] & { readonly contracts: Contracts },
): Promise<HttpResponse> {
  if (item.resultObject && hasSecretResult(item, contracts))
    throw new ForbiddenError('The result may have secret fields. It is to be fetched through the API.');
  const fileName = resultFileName(item);
  const job = withoutSecrets(item, contracts);
  const { headers, ...answer } = await answerResult(job, request, { ...deps, fileName });
  return {
    ...answer,
    headers: {
      ...headers,
      'content-disposition': `attachment; filename="${fileName}"`,
      'referrer-policy': pageHeaders['referrer-policy'],
    },
  };
}
