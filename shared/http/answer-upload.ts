import * as z from 'zod/v4/core';
import { createUpload } from '../operations/submit/create-upload.ts';
import type { HttpRequest } from './http-types.ts';
import { maxBodyBytes, parseJsonBody } from './parse-json-body.ts';
import { type UploadResponse, uploadRequest } from './upload-request.ts';
import { invalid, violationsIn } from './violations.ts';

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
