import type { JobReference } from './job.ts';

/**
 * The path of a job.
 * @throws TypeError for the address of another API, and for what is no id: the request would go elsewhere
 */
export function jobPath(reference: JobReference, url: string): string {
  const text = typeof reference === 'string' ? reference : reference.id;
  const prefix = `${url}/jobs/`;
  const id = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  if (!/^[\w-]+$/.test(id)) throw new TypeError(`${text} is neither a job's id nor a status URL of ${url}`);
  return `/jobs/${id}`;
}

/** @throws TypeError as `jobPath` does */
export const jobIdOf = (reference: JobReference, url: string): string =>
  jobPath(reference, url).slice('/jobs/'.length);
