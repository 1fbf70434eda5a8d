import * as z from 'zod/v4/core';
import { isPossible } from '../../shared/domain/state/job/job-action.ts';
import { jobStatuses } from '../../shared/domain/state/job/transitions.ts';
import type { Caller } from '../../shared/http/access/caller.ts';
import { requireRight } from '../../shared/http/access/caller.ts';
import { actionRequest, tenantActionRequest } from '../../shared/http/requests/action-request.ts';
import { toFilter } from '../../shared/http/requests/list-request.ts';
import { readIdempotencyKey } from '../../shared/http/requests/parse-idempotency-key.ts';
import type { HttpRequest } from '../../shared/http/wire/http-types.ts';
import { maxBodyBytes, parseJsonBody } from '../../shared/http/wire/parse-json-body.ts';
import { traceparentIn } from '../../shared/http/wire/traceparent.ts';
import { invalid, violationsIn } from '../../shared/http/wire/violations.ts';
import { startAction } from '../../shared/operations/act/start-action.ts';
import type { SubmitDependencies, Submitted } from '../../shared/operations/submit/submission.ts';

/**
 * Starts a bulk action: a job of the type `bulk-action`, with the tenant of its caller.
 * @throws InvalidRequestError; ForbiddenError for an erasure without the right to it; what `submitJob` throws
 */
export async function submitAction(
  request: HttpRequest,
  caller: Caller,
  deps: SubmitDependencies,
): Promise<Submitted> {
  const parsed = z.safeParse(actionRequest, parseJsonBody(request, maxBodyBytes));
  const { key, violations } = readIdempotencyKey(request);
  if (!parsed.success || violations.length > 0) throw invalid([...violationsIn(parsed, ''), ...violations]);
  const { action, filter } = parsed.data;
  if (action === 'erase') requireRight(caller, 'erase');
  const { status } = filter;
  if (status !== undefined && !isPossible[action](status))
    throw invalid([
      {
        pointer: '/filter/status',
        detail: `to ${action}, use ${jobStatuses.filter(isPossible[action]).join(', ')}`,
      },
    ]);
  return startAction(
    {
      tenant: caller.tenant,
      action,
      filter: toFilter(filter),
      idempotencyKey: key,
      traceparent: traceparentIn(request),
    },
    deps,
  );
}

/**
 * Starts a bulk action of an operator, which cancels all jobs of a tenant. It belongs to the operator's tenant: the
 * other one can neither see nor cancel it.
 * @throws InvalidRequestError; what `acceptJob` throws
 */
export async function submitTenantAction(
  request: HttpRequest,
  caller: Caller,
  deps: SubmitDependencies,
): Promise<Submitted> {
  const parsed = z.safeParse(tenantActionRequest, parseJsonBody(request, maxBodyBytes));
  const { key, violations } = readIdempotencyKey(request);
  if (!parsed.success || violations.length > 0) throw invalid([...violationsIn(parsed, ''), ...violations]);
  const { action, tenant } = parsed.data;
  return startAction(
    {
      tenant: caller.tenant,
      action,
      filter: {},
      other: { tenant, by: caller.actor },
      idempotencyKey: key,
      traceparent: traceparentIn(request),
    },
    deps,
  );
}

interface Erasure {
  readonly id: string;
  readonly caller: Caller;
}

/**
 * Starts a bulk action that erases one job with many children. Who asks again within the hour is told of the same one.
 * @throws what `acceptJob` throws
 */
export const startErasure = ({ id, caller }: Erasure, deps: SubmitDependencies): Promise<Submitted> =>
  startAction(
    {
      tenant: caller.tenant,
      action: 'erase',
      filter: { id },
      other: { tenant: caller.tenant, by: caller.actor },
      idempotencyKey: `erase/${id}/${Math.floor(deps.clock.now() / hourMs)}`,
    },
    deps,
  );

const hourMs = 3600_000;
