import * as z from 'zod/mini';
import { InvalidRequestError, NotFoundError } from '../../../shared/domain/base/errors.ts';
import type { JobItem } from '../../../shared/domain/state/job/item.ts';
import { questionOf, readSavedSignals } from '../../../shared/domain/state/stored/saved-signals.ts';
import type { Caller } from '../../../shared/http/access/caller.ts';
import { signalOf, signalQuery } from '../../../shared/http/requests/signal-request.ts';
import { hasFields } from '../../../shared/http/wire/answer-words.ts';
import type { HttpRequest, HttpResponse } from '../../../shared/http/wire/http-types.ts';
import { parseQuery } from '../../../shared/http/wire/query.ts';
import { logOperation } from '../../../shared/operations/act/log-operation.ts';
import { type SignalDependencies, signalJob } from '../../../shared/operations/act/signal-job.ts';
import type { ShareDoor } from '../../../shared/operations/doors/share-door.ts';
import { linkHeaders, type Page, pageResponse, seeOther } from '../html/layout.ts';
import { answerPage, type LinkView, titleOf } from './answer-page.ts';
import { type FieldErrors, payloadOf, takesFiles, wordsOfError } from './form-fields.ts';
import type { Schema } from './form-hints.ts';
import { formValues } from './form-values.ts';
import { signalSchemas } from './payload-schemas.ts';

/** Of a link, the check of access has read the rest. */
const formQuery = z.strictObject({
  ...signalQuery.shape,
  about: z.optional(z.string()),
  as: z.optional(z.string()),
  link: z.optional(z.string()),
});

export interface AnswerForm {
  readonly job: JobItem;
  readonly page: Omit<Page, 'title' | 'body'>;
  /** The origin of the bucket. */
  readonly uploadsTo: string;
  /** If the person who looks at it has no more than a link. */
  readonly link?: LinkView;
}

export interface OpenQuestion {
  readonly name: string;
  readonly key: string;
  readonly schema: Schema;
  readonly about?: string | undefined;
  readonly as?: string | undefined;
  readonly link?: string | undefined;
}

/** @throws NotFoundError if the job's type has no such signal; InvalidRequestError */
export function askedIn(request: HttpRequest, { type }: JobItem): OpenQuestion {
  const name = request.pathParameters?.signal ?? '';
  const schemas = signalSchemas()[type] ?? {};
  const schema = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
  if (!schema) throw new NotFoundError(`Jobs of the type ${type} know no signal "${name}".`);
  const { key = name, ...link } = parseQuery(request, formQuery);
  return { name, schema, key, ...link };
}

/** Answers `GET /ui/jobs/{id}/signals/{signal}`, and a `POST` with something that is not valid. */
export function showAnswerForm(
  request: HttpRequest,
  { job, page, uploadsTo, link }: AnswerForm,
  {
    values = new URLSearchParams(),
    errors = new Map(),
  }: { values?: URLSearchParams; errors?: FieldErrors } = {},
): HttpResponse {
  const { name, key, schema } = askedIn(request, job);
  const question = questionOf(readSavedSignals(job.signals), { name, key }, job.run);
  return pageResponse(
    errors.size > 0 ? 400 : 200,
    {
      ...page,
      title: titleOf({ name, schema }, job.type),
      // Files are uploaded by who is signed in.
      uploadsTo: takesFiles(schema) && !link ? uploadsTo : undefined,
      body: answerPage({ job, name, key, schema, question, values, errors, link }),
    },
    link && linkHeaders,
  );
}

export interface AnswerDependencies extends SignalDependencies {
  readonly shareDoor: Pick<ShareDoor, 'pass'>;
}

/** Answers `POST /ui/jobs/{id}/signals/{signal}`: sends the answer and shows the job, or says what is wrong. */
export async function answerFromForm(
  request: HttpRequest,
  { form, caller }: { readonly form: AnswerForm; readonly caller: Pick<Caller, 'tenant' | 'actor'> },
  { shareDoor, ...deps }: AnswerDependencies,
): Promise<HttpResponse> {
  await shareDoor.pass(caller.tenant);
  const { name, key, schema } = askedIn(request, form.job);
  const values = formValues(request);
  const value = hasFields(schema) ? payloadOf(schema, values) : jsonIn(values);
  const wrong = (errors: FieldErrors) => showAnswerForm(request, form, { values, errors });
  if (value === undefined) return wrong(new Map([['', 'This is not JSON.']]));
  const which = { id: form.job.id, tenant: caller.tenant, by: caller.actor };
  try {
    const job = await signalJob(
      which,
      signalOf({ name, key, value }, (type) => signalSchemas()[type]),
      deps,
    );
    logOperation({ operation: 'signal', actor: caller.actor, job }, deps);
    return seeOther(form.link?.path ?? `/ui/jobs/${job.id}`);
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    return wrong(new Map(error.violations.map((one) => [one.pointer, wordsOfError(one, values, schema)])));
  }
}

/** @returns undefined for a text that is not JSON */
function jsonIn(values: URLSearchParams): unknown {
  try {
    const parsed: unknown = JSON.parse(values.get('json') ?? '');
    return parsed;
  } catch {
    return undefined;
  }
}
