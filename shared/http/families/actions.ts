import { actionRequest, tenantActionRequest } from '../requests/action-request.ts';
import { exampleOf, type Family } from '../wire/route.ts';
import { accepted, examples } from './job.ts';

/** Many jobs that are there. */
export const actions = {
  'POST /jobs/actions': {
    function: 'api',
    access: 'control',
    operationId: 'startAction',
    summary: 'Cancel, retry, erase or notify of many jobs',
    description:
      'Starts a job of the type `bulk-action`. Its result counts the jobs. To erase, the right `erase` is needed too. `notify` sends the notifications again that were held back while the tenant was suspended.',
    tag: 'bulk',
    headers: ['Idempotency-Key', 'traceparent'],
    body: {
      schema: {
        id: 'Action',
        schema: actionRequest,
        text: 'What to do with which jobs.',
        fields: {
          action: 'What to do.',
          filter: 'With which jobs. All that is named must be so, and something must be.',
        },
      },
      examples: {
        retry: { action: 'retry', filter: { status: 'failed', type: exampleOf('other', 'type') } },
        cancel: { action: 'cancel', filter: { tags: ['nightly'] } },
        erase: { action: 'erase', filter: { until: '2026-11-01T00:00:00Z' } },
      },
    },
    answers: {
      202: {
        ...accepted,
        examples: { accepted: { ...examples.queued, type: 'bulk-action', maxAttempts: 20 } },
      },
    },
    problems: ['conflict', 'key-reused', 'tenant-suspended'],
  },
  'POST /tenant-actions': {
    function: 'api',
    access: 'operate',
    operationId: 'startTenantAction',
    summary: 'Cancel all jobs of a tenant',
    description:
      'Starts a job of the type `bulk-action`, which belongs to the tenant of the caller. It cancels all jobs of the other tenant that were submitted before, also its bulk actions. Their histories name the caller.',
    tag: 'bulk',
    headers: ['Idempotency-Key', 'traceparent'],
    body: {
      schema: {
        id: 'TenantAction',
        schema: tenantActionRequest,
        text: 'What to do with all jobs of a tenant.',
        fields: { action: 'What to do.', tenant: 'Whose jobs.' },
      },
      examples: { cancel: { action: 'cancel', tenant: 'acme' } },
    },
    answers: {
      202: {
        ...accepted,
        examples: { accepted: { ...examples.queued, type: 'bulk-action', maxAttempts: 20 } },
      },
    },
    problems: ['conflict', 'key-reused'],
  },
} as const satisfies Family;
