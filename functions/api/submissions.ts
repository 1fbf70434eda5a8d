import { submitKeys, uploadRules } from '../../shared/http/access/submit-keys.ts';
import type { RouteHandlers } from '../../shared/http/http-function.ts';
import { answerUpload } from '../../shared/http/responses/answer-upload.ts';
import { acceptedResponse, type Granting } from '../../shared/http/responses/job-answer.ts';
import { holdsLink, jsonResponse } from '../../shared/http/wire/respond.ts';
import { logSubmission } from '../../shared/operations/act/log-operation.ts';
import type { PauseDoor } from '../../shared/operations/doors/pause-door.ts';
import type { ShareDoor } from '../../shared/operations/doors/share-door.ts';
import type { TenantDoor } from '../../shared/operations/doors/tenant-door.ts';
import type { ActionDoor } from '../../shared/operations/submit/action-door.ts';
import type { JobsDoor } from '../../shared/operations/submit/jobs-door.ts';
import type { SubmitDependencies } from '../../shared/operations/submit/submission.ts';
import { submitAction, submitTenantAction } from './submit-action.ts';
import { submitAll } from './submit-all.ts';

type SubmissionRoute = 'POST /jobs/batch' | 'POST /jobs/actions' | 'POST /tenant-actions' | 'POST /uploads';

type All = Parameters<typeof submitAll>[2];
type Dependencies = {
  readonly granting: Granting;
  readonly actionDoor: ActionDoor;
  readonly jobsDoor: JobsDoor;
  readonly pauseDoor: PauseDoor;
  readonly shareDoor: ShareDoor;
  /** Of requests. */
  readonly requests: TenantDoor;
  readonly uploadRetentionDays: number;
} & Omit<SubmitDependencies, keyof ReturnType<typeof submitKeys> | 'door' | 'pauseDoor'> &
  Pick<All, 'dependencies' | 'log' | 'meters'> &
  Omit<Parameters<typeof answerUpload>[2], 'door' | 'uploads'>;

/** Jobs that are many, or that act on many, and what jobs are given to read. */
export const submissionRoutes = (deps: Dependencies): Pick<RouteHandlers<'api'>, SubmissionRoute> => {
  // Bulk actions have no door of submissions, and are started while the stage is paused.
  const { dependencies: _, pauseDoor, ...submitting } = deps;
  const granted = async () => {
    const grant = await deps.granting();
    return { grant, keys: submitKeys(grant.root, deps.uploadRetentionDays) };
  };
  return {
    'POST /jobs/batch': async (request, caller) => {
      const { grant, keys } = await granted();
      const answer = await submitAll(request, caller, {
        ...deps,
        door: deps.jobsDoor,
        granting: grant,
        submitting: { ...submitting, pauseDoor, ...keys },
      });
      return jsonResponse(200, answer, holdsLink);
    },

    'POST /jobs/actions': async (request, caller) => {
      const { grant, keys } = await granted();
      const submitted = await submitAction(request, caller, {
        ...submitting,
        ...keys,
        door: deps.actionDoor,
      });
      logSubmission({ operation: 'bulkAction', actor: caller.actor, ...submitted }, deps);
      return acceptedResponse(submitted, { ...grant, request, caller, now: deps.clock.now() });
    },

    'POST /tenant-actions': async (request, caller) => {
      const { grant, keys } = await granted();
      const submitted = await submitTenantAction(request, caller, { ...submitting, ...keys });
      logSubmission({ operation: 'bulkAction', actor: caller.actor, ...submitted }, deps);
      return acceptedResponse(submitted, { ...grant, request, caller, now: deps.clock.now() });
    },

    'POST /uploads': async (request, { tenant }) => {
      await deps.shareDoor.pass(tenant);
      const { root } = await deps.granting();
      const uploads = uploadRules(root, deps.uploadRetentionDays);
      const answer = await answerUpload(request, tenant, { ...deps, door: deps.requests, uploads });
      return jsonResponse(201, answer, holdsLink);
    },
  };
};
