import * as z from 'zod/v4/core';
import type { EndedCredentials } from '../../shared/domain/access/ended-credentials.ts';
import { readLink } from '../../shared/domain/access/signal-link.ts';
import { linksEntryOf } from '../../shared/domain/access/signal-links.ts';
import { webhookAddressOf } from '../../shared/domain/access/webhook-versions.ts';
import { parseWebhookUrl } from '../../shared/domain/notify/webhook-url.ts';
import type { JobReader } from '../../shared/domain/state/ports.ts';
import type { CheckAccessDependencies } from '../../shared/http/access/check-access.ts';
import { readGrant } from '../../shared/http/access/grant.ts';
import { webhookSecrets } from '../../shared/http/access/webhook-secrets.ts';
import type { RouteHandlers } from '../../shared/http/http-function.ts';
import { endedLink, type SignedLink, signedLinkIn } from '../../shared/http/requests/ended-link-request.ts';
import { shownSecrets, webhookSecretQuery } from '../../shared/http/responses/webhook-secret-response.ts';
import { maxBodyBytes, parseJsonBody } from '../../shared/http/wire/parse-json-body.ts';
import { parseQuery } from '../../shared/http/wire/query.ts';
import { jsonResponse } from '../../shared/http/wire/respond.ts';
import { invalid, violationsIn } from '../../shared/http/wire/violations.ts';
import { logOperation } from '../../shared/operations/act/log-operation.ts';
import { findJob } from '../../shared/operations/find/find-job.ts';

interface Dependencies {
  readonly access: Pick<CheckAccessDependencies, 'entries' | 'clock' | 'root'>;
  readonly ended: EndedCredentials;
  readonly store: JobReader;
  /** Of webhooks: see `parseWebhookUrl`. */
  readonly allowedHosts: readonly string[];
}

const uncached = { 'cache-control': 'no-store' };
const noLink = 'must be the whole address of a link to a job, as this stage has made it, that is still good';

/** What webhooks are signed with, and the end of what links are signed for. */
export const secretRoutes = ({
  allowedHosts,
  ...deps
}: Dependencies & Parameters<typeof logOperation>[1]): Pick<
  RouteHandlers<'api'>,
  'GET /webhook-secret' | 'POST /ended-links'
> => ({
  'GET /webhook-secret': async (request, { tenant }) => {
    const { entries, clock } = deps.access;
    const url = parseWebhookUrl(parseQuery(request, webhookSecretQuery).url, allowedHosts);
    if (typeof url === 'string') throw invalid([{ pointer: 'url', detail: url }]);
    const address = webhookAddressOf(url);
    const secrets = await webhookSecrets({ tenant, address }, { entries, now: clock.now() });
    return jsonResponse(200, shownSecrets(address, secrets), uncached);
  },

  /** The job comes first: nobody learns of a link to a job of somebody else whether it is good. */
  'POST /ended-links': async (request, { tenant, actor }) => {
    const parsed = z.safeParse(endedLink, parseJsonBody(request, maxBodyBytes));
    if (!parsed.success) throw invalid(violationsIn(parsed, ''));
    const link = signedLinkIn(parsed.data.url);
    if (!link) throw invalid([{ pointer: '/url', detail: noLink }]);
    const job = await findJob({ id: link.id, tenant }, deps);
    const until = await endOf(link, deps.access);
    if (until === undefined) throw invalid([{ pointer: '/url', detail: noLink }]);
    await deps.ended.add(link.text, Math.ceil(until / 1000));
    logOperation({ operation: 'endLink', actor, job }, deps);
    return { statusCode: 204 };
  },
});

/** @returns when a link would expire, epoch milliseconds; undefined for one that is not good */
async function endOf(
  link: SignedLink,
  { entries, clock, root }: Dependencies['access'],
): Promise<number | undefined> {
  const now = clock.now();
  if (link.kind === 'page')
    return readGrant(link.text, { id: link.id, now, root: await root.read() })?.expiresAt;
  const terms = readLink(link.text, link.asked, await linksEntryOf(entries));
  return terms && terms.expiresAt > now ? terms.expiresAt : undefined;
}
