import type { Caller } from '../../shared/http/access/caller.ts';
import type { RootSecret } from '../../shared/http/access/root-secret.ts';
import { submitKeys, uploadRules } from '../../shared/http/access/submit-keys.ts';
import { jobIdIn, type RouteHandlers } from '../../shared/http/http-function.ts';
import { answerUpload } from '../../shared/http/responses/answer-upload.ts';
import type { HttpRequest } from '../../shared/http/wire/http-types.ts';
import { holdsLink, jsonResponse } from '../../shared/http/wire/respond.ts';
import type { TenantDoor } from '../../shared/operations/doors/tenant-door.ts';
import { findJob } from '../../shared/operations/find/find-job.ts';
import type { JobsDoor } from '../../shared/operations/submit/jobs-door.ts';
import { answerByLink, showByLink } from './forms/answer-by-link.ts';
import { answerFromForm, showAnswerForm } from './forms/answer-form.ts';
import { schemaOf, showForm, submitFromForm } from './forms/submit-form.ts';
import type { PageOf } from './html/layout.ts';
import { valuesFrom } from './job/payload.ts';

type FormPage =
  | 'GET /ui/jobs/{id}/signals/{signal}'
  | 'POST /ui/jobs/{id}/signals/{signal}'
  | 'GET /ui/job-types/{type}'
  | 'POST /ui/job-types/{type}'
  | 'POST /ui/uploads';

type Dependencies = {
  readonly root: Pick<RootSecret, 'read'>;
  /** Of requests. */
  readonly requests: TenantDoor;
  readonly pageOf: PageOf;
  /** The origin of the bucket. */
  readonly uploadsTo: string;
  readonly uploadRetentionDays: number;
  readonly jobsDoor: JobsDoor;
} & Omit<Parameters<typeof answerUpload>[2], 'door' | 'uploads'> &
  Omit<Parameters<typeof submitFromForm>[2], keyof ReturnType<typeof submitKeys> | 'door'> &
  Parameters<typeof answerByLink>[2] &
  Parameters<typeof valuesFrom>[2];

/** The forms by which people submit jobs, and answer what jobs ask. */
export function formRoutes(deps: Dependencies): Pick<RouteHandlers<'pages'>, FormPage> {
  const { pageOf, uploadsTo, uploadRetentionDays, shareDoor } = deps;
  const formOf = (caller: Caller, { pathParameters }: HttpRequest) => {
    const type = pathParameters?.type ?? '';
    return { type, schema: schemaOf(type, deps.contracts), page: pageOf(caller), uploadsTo };
  };
  const answerFormOf = async (caller: Caller, request: HttpRequest) => ({
    job: await findJob({ id: jobIdIn(request), tenant: caller.tenant }, deps),
    page: pageOf(caller),
    uploadsTo,
  });

  return {
    'GET /ui/jobs/{id}/signals/{signal}': async (request, answerer) =>
      answerer.kind === 'caller'
        ? showAnswerForm(request, await answerFormOf(answerer, request))
        : showByLink(request, answerer, deps),

    'POST /ui/jobs/{id}/signals/{signal}': async (request, answerer) =>
      answerer.kind === 'caller'
        ? answerFromForm(request, { form: await answerFormOf(answerer, request), caller: answerer }, deps)
        : answerByLink(request, answerer, deps),

    'GET /ui/job-types/{type}': async (request, caller) =>
      showForm(formOf(caller, request), await valuesFrom(request, caller, deps)),

    'POST /ui/job-types/{type}': async (request, caller) => {
      await shareDoor.pass(caller.tenant);
      const keys = submitKeys(await deps.root.read(), uploadRetentionDays);
      const form = formOf(caller, request);
      return submitFromForm(request, { form, caller }, { ...deps, ...keys, door: deps.jobsDoor });
    },

    'POST /ui/uploads': async (request, { tenant }) => {
      await shareDoor.pass(tenant);
      const uploads = uploadRules(await deps.root.read(), uploadRetentionDays);
      const answered = await answerUpload(request, tenant, { ...deps, door: deps.requests, uploads });
      return jsonResponse(201, answered, holdsLink);
    },
  };
}
