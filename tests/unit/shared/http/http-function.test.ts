import { describe, expect, test } from '@jest/globals';
import { httpFunction, jobIdIn } from '../../../../shared/http/http-function.ts';
import { problem } from '../../../../shared/http/respond.ts';
import { routes } from '../../../../shared/http/routes.ts';
import { ConflictError, JobNotFoundError } from '../../../../shared/job/errors.ts';
import { aKey, aKeyEntry, anAccess } from '../../../fakes/access.ts';
import { recordedLog } from '../../../fakes/recorded-log.ts';
import { aKeyedRequest, aRequest, jobId } from '../../../fakes/samples.ts';

const answer = { statusCode: 200, body: 'an answer' };

function control(over: { cancel?: () => Promise<typeof answer>; rights?: 'control' | 'read' } = {}) {
  const { cancel = async () => answer, rights = 'control' } = over;
  const { deps, store } = anAccess();
  store.put(aKeyEntry(aKey(), { rights: [rights], tenant: 'its tenant' }));
  const calls: unknown[] = [];
  const log = recordedLog();
  const record =
    (route: string) =>
    (_request: unknown, { tenant }: { readonly tenant: string }) => {
      calls.push([route, tenant]);
      return route === 'cancel' ? cancel() : Promise.resolve(answer);
    };
  const handler = httpFunction(
    'control',
    { 'POST /jobs/{id}/cancel': record('cancel'), 'POST /jobs/{id}/retry': record('retry') },
    { access: deps, log },
  );
  return { handler, calls, log };
}

const cancelKey = 'POST /jobs/{id}/cancel';
const cancelRequest = (key = aKey()) => aKeyedRequest(key, { routeKey: cancelKey });

describe('httpFunction', () => {
  test.each([
    [cancelKey, 'cancel'],
    ['POST /jobs/{id}/retry', 'retry'],
  ])('gives %s to its handler, with the caller', async (routeKey, name) => {
    const { handler, calls } = control();
    expect(await handler(aKeyedRequest(aKey(), { routeKey }))).toEqual(answer);
    expect(calls).toEqual([[name, 'its tenant']]);
  });

  test.each(['GET /jobs/{id}', 'POST /jobs', '$default', 'toString', ''])(
    'answers 500 to the route "%s", which is not its own, and calls no handler',
    async (routeKey) => {
      const { handler, calls, log } = control();
      expect((await handler(aKeyedRequest(aKey(), { routeKey }))).statusCode).toBe(500);
      expect(calls).toEqual([]);
      expect(log.lines).toMatchObject([{ level: 'error', message: 'request failed' }]);
    },
  );

  test.each([
    [401, 'without a credential', aRequest({ routeKey: cancelKey }), {}],
    [401, 'with an unknown key', cancelRequest(aKey('z')), {}],
    [403, 'without the right', cancelRequest(), { rights: 'read' as const }],
  ])('answers %d %s, and calls no handler', async (status, _what, request, over) => {
    const { handler, calls } = control(over);
    const response = await handler(request);
    expect(response.statusCode).toBe(status);
    expect(problem.parse(JSON.parse(response.body ?? '')).status).toBe(status);
    expect(calls).toEqual([]);
  });

  test('makes a problem document of what a handler throws', async () => {
    const { handler } = control({ cancel: () => Promise.reject(new ConflictError('no')) });
    const response = await handler(cancelRequest());
    expect(problem.parse(JSON.parse(response.body ?? ''))).toMatchObject({ status: 409, detail: 'no' });
  });
});

test('no route is open', () => {
  const all: readonly { readonly access: string }[] = Object.values(routes);
  expect(all.filter(({ access }) => access === 'open')).toEqual([]);
});

test('the job of a request is the one in its path, and a text that is no id names none', () => {
  expect(jobIdIn(aRequest({ pathParameters: { id: jobId } }))).toBe(jobId);
  for (const id of ['', 'no id'])
    expect(() => jobIdIn(aRequest({ pathParameters: { id } }))).toThrow(JobNotFoundError);
  expect(() => jobIdIn(aRequest())).toThrow(JobNotFoundError);
});
