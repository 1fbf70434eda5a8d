import type { JobType } from '../../shared/http/families/job-types.ts';
import { buildDocument } from './openapi/build-document.ts';
import { schemasOfTypes } from './openapi/catalog.ts';
import { describeJobTypes } from './openapi/job-types.ts';

/**
 * The documents that the API answers with, from the schemas that check requests and make answers. A bundle has what
 * they come to in place of this module: infra/packaging/evaluated-modules.cjs evaluates it once, when the functions are bundled.
 */

export type JobTypeDocument = JobType;

/** The names of the schemas in the document that are those of job types. */
export const schemaNamesOfTypes = (): readonly string[] => schemasOfTypes.map(({ id }) => id);

let document: object | undefined;
let jobTypes: readonly JobTypeDocument[] | undefined;

/** The OpenAPI document of the API. */
export function openApiDocument(): object {
  document ??= buildDocument();
  return document;
}

/** Every job type, by name. */
export function jobTypeDocuments(): readonly JobTypeDocument[] {
  jobTypes ??= describeJobTypes();
  return jobTypes;
}
