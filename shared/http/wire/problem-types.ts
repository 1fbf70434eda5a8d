/** Every kind of problem that the API answers with. `GET /problems/<name>` explains it. */
export const problemTypes = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  unauthenticated: { status: 401, title: 'The credential is missing or not valid' },
  forbidden: { status: 403, title: 'The credential does not allow it' },
  'tenant-suspended': { status: 403, title: 'The tenant is suspended' },
  'job-not-found': { status: 404, title: 'There is no such job' },
  'object-not-found': { status: 404, title: 'There is no such object' },
  'no-result': { status: 404, title: 'The job has no result' },
  'not-found': { status: 404, title: 'There is nothing at this address' },
  'method-not-allowed': { status: 405, title: 'This address does not know the method' },
  conflict: { status: 409, title: 'The state of the job does not allow it' },
  'job-type-not-set-up': { status: 409, title: 'The stage is not set up for this job type' },
  'too-large': { status: 413, title: 'The request is too large' },
  'unsupported-media-type': { status: 415, title: 'The content type is not supported' },
  'key-reused': { status: 422, title: 'The idempotency key was used for another request' },
  'limit-exceeded': { status: 429, title: 'A limit of the tenant is used up' },
  'ordered-queue-full': { status: 429, title: 'Too many jobs of groups wait' },
  'internal-error': { status: 500, title: 'Internal error' },
  'submissions-paused': { status: 503, title: 'Submissions are paused' },
  unavailable: { status: 503, title: 'The service is not available at the moment' },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly title: string }>>;

export type ProblemName = keyof typeof problemTypes;

/** The `type` of a problem document: an address on this API. */
export const problemTypeUrl = (name: ProblemName): string => `/problems/${name}`;
