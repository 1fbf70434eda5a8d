import { describe, expect, test } from '@jest/globals';
import { secretRoutes } from '../../../../functions/api/secrets.ts';
import type { Right } from '../../../../shared/domain/access/access-entry.ts';
import { signLink } from '../../../../shared/domain/access/signal-link.ts';
import { pathOfLink } from '../../../../shared/domain/access/signal-links.ts';
import { JobNotFoundError } from '../../../../shared/domain/base/errors.ts';
import { checkAccess } from '../../../../shared/http/access/check-access.ts';
import { grantFor } from '../../../../shared/http/access/grant.ts';
import { answerRoute, type RouteHandlers } from '../../../../shared/http/http-function.ts';
import { webhookSecretResponse } from '../../../../shared/http/responses/webhook-secret-response.ts';
import { apiRoutes } from '../../../../shared/http/routes.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../../../testkit/fakes/in-memory-job-store.ts';
import { problemsWith } from '../../../answer-check.ts';
import { routed } from '../../../api-gateway.ts';
import { contracts } from '../../../job-types/contracts.ts';
import { aKey, aKeyEntry, aLinksEntry, anAccess, aRootSecretEntry } from '../../../set-ups/access.ts';
import { aKeyedRequest, anId, aQueuedItem, aRequest, dayMs, jobId } from '../../../set-ups/samples.ts';

const tenant = 'a tenant';
const [one, other] = [aQueuedItem({ tenant }), aQueuedItem({ id: anId(7), tenant: 'another tenant' })];
const about = 'order 4711, and more';
const asked = { id: jobId, name: 'approve', key: 'turn-1', about };
const terms = { createdAt: one.createdAt, expiresAt: t0 + dayMs };

/** The routes, called by somebody of the tenant who has all rights, or these; and what people may do by links. */
function anApi({ rights = ['admin', 'control'] as readonly Right[] } = {}) {
  const { deps: access, store: entries, records, clock, log } = anAccess();
  entries.put(aKeyEntry(aKey(), { rights: [...rights], tenant }));
  const store = new InMemoryJobStore();
  for (const job of [one, other]) store.items.set(job.id, job);
  const { ended } = access;
  const deps = { access, ended, store, allowedHosts: ['hooks.internal'], log, contracts };
  const handlers = secretRoutes(deps) as RouteHandlers<'api'>;
  const call = async (method: string, path: string, body?: unknown) => {
    const { event } = routed({ method, path });
    const headers = {
      ...event.headers,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const request = aKeyedRequest(aKey(), { ...event, headers, body: JSON.stringify(body) });
    const answer = await answerRoute(event.routeKey, request, { access, log, routes: apiRoutes, handlers });
    const [status, text] = [Number(answer.statusCode), String(answer.body ?? '')];
    const answered = new Headers(
      Object.entries(answer.headers ?? {}).map(([name, value]) => [name, `${value}`]),
    );
    expect(problemsWith({ method, path, status, headers: answered, body: text })).toEqual([]);
    return { status, body: text === '' ? undefined : JSON.parse(text) };
  };
  const end = (url: string) => call('POST', '/ended-links', { url });
  const view = (grant: string) =>
    checkAccess(
      aRequest({ pathParameters: { id: jobId }, queryStringParameters: { grant } }),
      'grant or read',
      access,
    );
  const answer = (link: string, as?: string) =>
    checkAccess(
      aRequest({
        pathParameters: { id: jobId, signal: asked.name },
        rawQueryString: new URLSearchParams({
          link,
          key: asked.key,
          about,
          ...(as ? { as } : {}),
        }).toString(),
      }),
      'link or signal',
      access,
    );
  return { call, end, view, answer, ended: records.items, clock, log };
}

const grantOf = (job = one) => grantFor(job, { root: aRootSecretEntry(), retentionDays: 15 });
const pageOf = (grant: string, id = jobId) => `https://jobs.example.com/ui/jobs/${id}?grant=${grant}`;
const linkOf = (over: Partial<typeof asked> = {}) => signLink({ ...asked, ...over }, terms, aLinksEntry());
const addressOf = (link: string) => `https://jobs.example.com/base${pathOfLink(asked, link)}`;

describe('the end of a link', () => {
  test('to the page of a job is that of this link alone, until it would have expired', async () => {
    const { end, view, ended, log, clock } = anApi();
    const [grant, later] = [grantOf(), grantOf({ ...one, updatedAt: one.updatedAt + 300 * dayMs })];
    expect(await view(grant)).toMatchObject({ kind: 'grant' });
    for (const _ of ['once', 'again'])
      expect(await end(pageOf(grant))).toEqual({ status: 204, body: undefined });
    await expect(view(grant)).rejects.toThrow('There is no job of this id.');
    expect(await view(later)).toMatchObject({ kind: 'grant' });
    const [item] = ended.values();
    await clock.advance((Number(item?.expiresAt) - 3_600) * 1000 - 1 - t0);
    await expect(view(grant)).rejects.toThrow('There is no job of this id.');
    expect(log.lines[0]).toMatchObject({
      message: 'operation done',
      fields: { operation: 'endLink', jobId, actor: `key:${aKey().id}` },
    });
    expect(JSON.stringify(log.lines)).not.toContain(grant);
  });

  test('for an answer is that of this link alone', async () => {
    const { end, answer, ended } = anApi();
    const [link, renewed] = [
      linkOf(),
      signLink(asked, { ...terms, expiresAt: t0 + 2 * dayMs }, aLinksEntry()),
    ];
    expect(await answer(link)).toMatchObject({ kind: 'link' });
    expect(await end(addressOf(link))).toMatchObject({ status: 204 });
    expect(await answer(link)).toEqual({ kind: 'expired link' });
    expect(await answer(renewed)).toMatchObject({ kind: 'link' });
    expect([...ended.values()]).toMatchObject([{ expiresAt: Math.ceil((t0 + dayMs) / 1000) + 3_600 }]);
  });

  test('for an answer of one person is hers', async () => {
    const { end, answer } = anApi();
    const eves = { ...asked, as: 'eve' };
    const link = signLink(eves, terms, aLinksEntry());
    expect(await answer(link, 'eve')).toMatchObject({ kind: 'link' });
    for (const as of ['bob', undefined]) await expect(answer(link, as)).rejects.toThrow(JobNotFoundError);
    expect((await end(addressOf(link))).status).toBe(400);
    const address = `https://jobs.example.com${pathOfLink(eves, link)}`;
    expect((await end(address)).status).toBe(204);
    expect(await answer(link, 'eve')).toEqual({ kind: 'expired link' });
  });

  test.each([
    ['of another tenant', pageOf(grantOf(other), other.id), 404],
    ['of another tenant, which is none', pageOf('1.x.y', other.id), 404],
    ['of no job', pageOf(grantOf(), anId(9)), 404],
    ['with another signature', pageOf(`${grantOf().slice(0, -1)}_`), 400],
    ['for another answer', addressOf(linkOf({ key: 'turn-2' })), 400],
    ['without what it is about', addressOf(linkOf()).replace(/about=[^&]*&/, ''), 400],
    [
      'of another stage',
      pageOf(grantFor(one, { root: aRootSecretEntry({ secret: 'x'.repeat(43) }), retentionDays: 15 })),
      400,
    ],
    ['that is the address of a job alone', `https://jobs.example.com/ui/jobs/${jobId}`, 400],
    ['that is no address', grantOf(), 400],
    ['with half a character', `https://jobs.example.com/ui/jobs/${jobId}/signals/%ff?link=x`, 400],
    ['that is too long', pageOf('x'.repeat(9_000)), 400],
  ])('is refused for a link %s, and nothing is written', async (_what, url, status) => {
    const { end, ended } = anApi();
    expect((await end(url)).status).toBe(status);
    expect(ended.size).toBe(0);
  });

  test('is refused for a link that has expired, and without the right', async () => {
    const { end, clock } = anApi();
    await clock.advance(2 * dayMs);
    expect((await end(addressOf(linkOf()))).status).toBe(400);
    const poor = anApi({ rights: ['read', 'submit', 'admin', 'signal'] });
    expect((await poor.end(pageOf(grantOf()))).status).toBe(403);
    expect(poor.ended.size).toBe(0);
  });
});

describe('GET /webhook-secret', () => {
  const secretAt = async (url: string, api = anApi()) => {
    const { status, body } = await api.call('GET', `/webhook-secret?url=${encodeURIComponent(url)}`);
    return status === 200 ? webhookSecretResponse.parse(body) : status;
  };

  test('shows the secret of an address, whatever its query', async () => {
    const [hook, sameHook] = [
      'https://hooks.example.com/jobs',
      'https://HOOKS.example.com:443/jobs?order=1#x',
    ];
    const shown = await secretAt(hook);
    expect(shown).toMatchObject({ url: hook });
    expect(await secretAt(sameHook)).toEqual(shown);
    expect(await secretAt('https://hooks.example.com/other')).not.toMatchObject({
      secret: Object(shown).secret,
    });
    expect(await secretAt('http://hooks.internal/jobs')).toMatchObject({ url: 'http://hooks.internal/jobs' });
  });

  test.each([
    'http://hooks.example.com/',
    'https://10.0.0.1/',
    'https://u:p@hooks.example.com/',
    'hooks',
    '',
  ])('is 400 for an address that no webhook may have: %s', async (url) => {
    expect(await secretAt(url)).toBe(400);
  });

  test('is 400 without an address, and says what is missing', async () => {
    const { status, body } = await anApi().call('GET', '/webhook-secret');
    expect([status, body.errors]).toEqual([
      400,
      [{ pointer: 'url', detail: expect.stringContaining('?url=') }],
    ]);
  });
});
