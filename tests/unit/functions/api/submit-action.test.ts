import { describe, expect, test } from '@jest/globals';
import { submitAction } from '../../../../functions/api/submit-action.ts';
import { bulkAction } from '../../../../job-types/bulk-action/contract.ts';
import { type Right, rights } from '../../../../shared/job/access-entry.ts';
import { ForbiddenError, InvalidRequestError, KeyReusedError } from '../../../../shared/job/errors.ts';
import { submitting } from '../../../set-ups/batching.ts';
import { aRequest } from '../../../set-ups/samples.ts';

function anActionFunction() {
  const { deps, items, queues, sent } = submitting();
  const submit = (body: unknown, { headers = {}, granted = rights as readonly Right[] } = {}) =>
    submitAction(
      aRequest({
        rawPath: '/jobs/actions',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
      { tenant: 'a tenant', rights: granted },
      deps,
    );
  const violationsOf = async (body: unknown, headers = {}) => {
    const error = await submit(body, { headers }).then(
      () => new Error('the action was accepted'),
      (thrown: unknown) => thrown,
    );
    if (error instanceof InvalidRequestError) return error.violations;
    throw error;
  };
  return { submit, violationsOf, items, queues, sent };
}

const retry = { action: 'retry', filter: { status: 'failed' } };

describe('POST /jobs/actions', () => {
  test('submits a job of the tenant of its caller, with the attempts of its contract, on the long queue', async () => {
    const { submit, items, queues } = anActionFunction();
    const filter = { status: 'failed', tags: ['b', 'a', 'b'], since: '2026-01-01T00:00:00Z' };
    const { job, replayed } = await submit({ action: 'retry', filter });
    expect(replayed).toBe(false);
    expect(items.get(job.id)).toMatchObject({
      tenant: 'a tenant',
      type: 'bulk-action',
      status: 'queued',
      maxAttempts: bulkAction.maxAttempts,
    });
    const payload = {
      action: 'retry',
      filter: { status: 'failed', tags: ['a', 'b'], since: Date.UTC(2026, 0, 1) },
    };
    expect(queues.long.sent.map(({ message }) => message.payload)).toEqual([payload]);
    expect(bulkAction.payload.parse(payload)).toEqual(payload);
  });

  test('is the same job with the same key, if the filter says the same in another way', async () => {
    const { submit, sent } = anActionFunction();
    const headers = { 'idempotency-key': '"a key"' };
    const first = { action: 'retry', filter: { tags: ['a', 'b'], until: '2026-01-02T01:00:00+01:00' } };
    const second = { filter: { until: '2026-01-02T00:00:00Z', tags: ['b', 'a', 'a'] }, action: 'retry' };
    const { job } = await submit(first, { headers });
    expect(await submit(second, { headers })).toMatchObject({ replayed: true, job: { id: job.id } });
    await expect(submit(retry, { headers })).rejects.toThrow(KeyReusedError);
    expect(sent()).toHaveLength(1);
  });

  test('carries on the trace of its request', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { submit, sent } = anActionFunction();
    await submit(retry, { headers: { traceparent } });
    expect(sent()[0]?.traceparent).toBe(traceparent);
  });

  test('erases only for whoever may erase', async () => {
    const { submit, sent } = anActionFunction();
    const erase = { action: 'erase', filter: { type: 'countdown' } };
    const granted: readonly Right[] = ['submit', 'read', 'control'];
    await expect(submit(erase, { granted })).rejects.toThrow(ForbiddenError);
    expect(sent()).toEqual([]);
    await submit({ ...erase, action: 'cancel' }, { granted });
    await submit(erase, { granted: ['control', 'erase'] });
    expect(sent()).toHaveLength(2);
  });

  test.each([
    ['cancel', ['succeeded', 'failed', 'canceled'], 'to cancel, use queued, waiting, running'],
    ['retry', ['queued', 'waiting', 'running', 'succeeded'], 'to retry, use failed, canceled'],
    ['erase', ['queued', 'waiting', 'running'], 'to erase, use succeeded, failed, canceled'],
  ])('refuses to %s jobs that are %j: there would be none', async (action, statuses, detail) => {
    const { violationsOf } = anActionFunction();
    for (const status of statuses)
      expect(await violationsOf({ action, filter: { status } })).toEqual([
        { pointer: '/filter/status', detail },
      ]);
  });

  test('names everything that is wrong with it, the header too', async () => {
    const { violationsOf, sent } = anActionFunction();
    expect(
      (await violationsOf({ action: 'x', filter: {} }, { 'idempotency-key': '' })).map(
        ({ pointer }) => pointer,
      ),
    ).toEqual(['/action', '/filter', 'Idempotency-Key']);
    expect(sent()).toEqual([]);
  });
});
