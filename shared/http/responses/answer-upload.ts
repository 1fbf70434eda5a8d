import * as z from 'zod/v4/core';
import { createUpload } from '../../operations/submit/create-upload.ts';
import { type UploadResponse, uploadRequest } from '../requests/upload-request.ts';
import type { HttpRequest } from '../wire/http-types.ts';
import { maxBodyBytes, parseJsonBody } from '../wire/parse-json-body.ts';
import { invalid, violationsIn } from '../wire/violations.ts';

/**
 * Answers `POST /uploads`.
 * @throws UnsupportedMediaTypeError, PayloadTooLargeError, InvalidRequestError, TenantSuspendedError,
 * LimitExceededError
 */
export async function answerUpload(
  request: HttpRequest,
  tenant: string,
  deps: Parameters<typeof createUpload>[1],
): Promise<UploadResponse> {
  const parsed = z.safeParse(uploadRequest, parseJsonBody(request, maxBodyBytes));
  if (!parsed.success) throw invalid(violationsIn(parsed, ''));
  const { object, upload, expiresAt } = await createUpload({ tenant, ...parsed.data }, deps);
  return { object, upload, expiresAt: new Date(expiresAt).toISOString() };
}
