import type { RootSecretEntry } from '../../domain/access/access-entry.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { grantFor } from '../access/grant.ts';
import type { HttpRequest } from '../wire/http-types.ts';

/** Where programs and people find a job. */
export interface JobUrls {
  readonly statusUrl: string;
  /** Absent for who lacks the right `read`. */
  readonly pageUrl?: string;
}

interface Granting {
  readonly root: RootSecretEntry;
  readonly retentionDays: number;
}

/**
 * The addresses of a job: where the stage says that it is found, else on the host (and below the stage's path) that was
 * called.
 */
export function jobUrls(request: HttpRequest, job: JobItem, granting: Granting): Required<JobUrls> {
  const base = baseUrlOf(request);
  return {
    statusUrl: statusUrlOf(request, job.id),
    pageUrl: `${base}/ui/jobs/${job.id}?grant=${grantFor(job, granting)}`,
  };
}

/**
 * The header with the address of a job's status, as Azure's clients read it. They take what is at `Location` for the
 * result: its first 200 would be the end of the job.
 */
export const operationLocation = 'operation-location';

/** Where programs find a job. */
export const statusUrlOf = (request: HttpRequest, id: string): string => `${baseUrlOf(request)}/jobs/${id}`;

function baseUrlOf({ publicUrl, headers, rawPath, requestContext }: HttpRequest): string {
  if (publicUrl !== '') return publicUrl;
  const { stage, domainName } = requestContext;
  const origin = `${headers['x-forwarded-proto'] ?? 'http'}://${headers.host ?? domainName}`;
  return rawPath.startsWith(`/${stage}/`) ? `${origin}/${stage}` : origin;
}
