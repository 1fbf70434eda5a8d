import { type Contracts, contractOf } from '../../../shared/author/contract.ts';
import { NotFoundError } from '../../../shared/domain/base/errors.ts';
import type { Log } from '../../../shared/domain/base/ports.ts';
import type { Meters } from '../../../shared/domain/observe/metrics.ts';
import type { Caller } from '../../../shared/http/access/caller.ts';
import { readSubmission } from '../../../shared/http/requests/parse-submission.ts';
import type { HttpRequest, HttpResponse } from '../../../shared/http/wire/http-types.ts';
import { logSubmission } from '../../../shared/operations/act/log-operation.ts';
import type { SubmitDependencies } from '../../../shared/operations/submit/submission.ts';
import { submitJob } from '../../../shared/operations/submit/submit-job.ts';
import { type Page, pageResponse, seeOther } from '../html/layout.ts';
import { type FieldErrors, payloadOf, takesFiles, wordsOfError } from './form-fields.ts';
import type { Schema } from './form-hints.ts';
import { formValues } from './form-values.ts';
import { payloadSchemas } from './payload-schemas.ts';
import { submitPage } from './submit-page.ts';

interface Form {
  readonly type: string;
  readonly schema: Schema;
  readonly page: Omit<Page, 'title' | 'body'>;
  /** The origin of the bucket. */
  readonly uploadsTo: string;
}

/** @throws NotFoundError for a type that nobody submits */
export function schemaOf(type: string, contracts: Contracts): Schema {
  const contract = contractOf(contracts, type);
  const schema = payloadSchemas()[type];
  if (!contract || contract.reserved || !schema)
    throw new NotFoundError('There is no job type of this name.');
  return schema;
}

/** Answers `GET /ui/job-types/{type}`, and a `POST` with something that is not valid. */
export const showForm = (
  { type, schema, page, uploadsTo }: Form,
  values = new URLSearchParams(),
  errors: FieldErrors = new Map(),
): HttpResponse =>
  pageResponse(errors.size > 0 ? 400 : 200, {
    ...page,
    title: `New job: ${type}`,
    uploadsTo: takesFiles(schema) ? uploadsTo : undefined,
    body: submitPage({ type, schema, values, errors }),
  });

interface FormDependencies extends SubmitDependencies {
  readonly log: Log;
  readonly meters: Meters;
}

/** Answers `POST /ui/job-types/{type}`: submits the job and shows it, or says what is wrong. */
export async function submitFromForm(
  request: HttpRequest,
  { form, caller }: { readonly form: Form; readonly caller: Caller },
  deps: FormDependencies,
): Promise<HttpResponse> {
  const values = formValues(request);
  const payload = payloadIn(values, form.schema);
  if (payload === undefined) return showForm(form, values, new Map([['', 'This is not JSON.']]));
  const { tenant } = caller;
  const read = readSubmission({ type: form.type, payload }, { tenant, contracts: deps.contracts });
  if (read instanceof Error) {
    const errors = read.violations
      .map((violation) => ({ ...violation, pointer: violation.pointer.replace(/^\/payload/, '') }))
      .map((one) => [one.pointer, wordsOfError(one, values, form.schema)] as const);
    return showForm(form, values, new Map(errors));
  }
  const submitted = await submitJob(read, deps);
  logSubmission({ actor: caller.actor, ...submitted }, deps);
  return seeOther(`/ui/jobs/${submitted.job.id}`);
}

/** @returns undefined for a text that is not JSON */
function payloadIn(values: URLSearchParams, schema: Schema): unknown {
  const text = values.get('json');
  if (text === null) return payloadOf(schema, values);
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch {
    return undefined;
  }
}
