import { type Right, rights } from '../../shared/domain/access/access-entry.ts';
import { dayMs } from '../../shared/domain/base/schedule-time.ts';
import { grantFor } from '../../shared/http/access/grant.ts';
import type { Access } from '../../shared/http/wire/route.ts';
import {
  type AttackCase,
  type AttackedRoute,
  type AttackTarget,
  attackedRoutes,
  callOf,
  faultsIn,
  isOfJob,
  isPage,
  leaksIn,
  send,
  shown,
} from './attack-target.ts';
import type { HttpCall } from './attacked-system.ts';
import { suspendedTenant } from './attacked-system.ts';
import { badCredentials, forgedTokens, tokenOf } from './attacks.ts';
import { post } from './probes.ts';
import type { RawAnswer } from './raw-http.ts';
import { badSessions, sessionOf, withCookie } from './sessions.ts';
import { creationOf, grantOf, linkTo, withGrant, withKey, withLink } from './victims.ts';

/** What a credential comes to at a route. */
type Outcome = 'unknown caller' | 'forbidden' | 'not found' | 'let in';

interface Credential {
  readonly name: string;
  readonly shownWith: (call: HttpCall) => HttpCall;
  readonly expected: (route: AttackedRoute) => Outcome;
}

const asked = (access: Access): Right | undefined => rights.find((right) => access.endsWith(right));

/** Of a caller of another tenant than the one whose job is called. */
function byRights(held: readonly Right[], route: AttackedRoute): Outcome {
  const right = asked(route.access);
  if (right !== undefined && !held.includes(right)) return 'forbidden';
  return isOfJob(route) ? 'not found' : 'let in';
}

const unknown = (): Outcome => 'unknown caller';
const byCookie =
  (held: readonly Right[]) =>
  (route: AttackedRoute): Outcome =>
    isPage(route) ? byRights(held, route) : 'unknown caller';

/** Of each sort of unknown caller, one in `npm test`: attack-routes and attack-pages try all of them. */
const oneOfEachSort = [
  'no credential',
  'an unsigned token',
  'a revoked key',
  'an expired key',
  'the session of a revoked key',
  "a token of somebody's own key",
  'what an authorizer would hand on',
];

async function unknownCallers(target: AttackTarget): Promise<readonly Credential[]> {
  const { system } = target;
  const keys = badCredentials.map(async ({ name, header }) => {
    const authorization = await header(system);
    const shownWith = (call: HttpCall): HttpCall =>
      authorization === undefined ? call : withHeaders(call, { authorization });
    return { name, shownWith, expected: unknown };
  });
  const sessions = badSessions.map(async ({ name, cookie }) => {
    const session = await cookie(system);
    return { name, shownWith: (call: HttpCall) => withCookie(call, session), expected: unknown };
  });
  return [...(await Promise.all([...keys, ...sessions])), ...(await forgers(target))];
}

const withHeaders = (call: HttpCall, headers: HttpCall['headers']): HttpCall => ({
  ...call,
  headers: { ...call.headers, ...headers },
});

async function forgers({ system: { issuer } }: AttackTarget): Promise<readonly Credential[]> {
  if (issuer === undefined) return [];
  return Object.entries(await forgedTokens(issuer)).map(([name, headers]) => ({
    name,
    shownWith: (call) => withHeaders(call, headers),
    expected: unknown,
  }));
}

/** No page takes a token: a browser would have to be given one. */
const byToken =
  (held: readonly Right[]) =>
  (route: AttackedRoute): Outcome =>
    isPage(route) ? 'unknown caller' : byRights(held, route);

async function tokensOfOtherTenants({ system: { issuer } }: AttackTarget): Promise<readonly Credential[]> {
  if (issuer === undefined) return [];
  return Promise.all(
    [...rights.map((right) => [right]), [], [...rights]].map(async (held) => {
      const name = held.length === 1 ? `the right ${held[0]}` : `${held.length} rights`;
      const token = await issuer.token(tokenOf(`has ${name} by a token`, held));
      return {
        name: `a token with ${name}`,
        shownWith: (call: HttpCall) => withKey(call, token),
        expected: byToken(held),
      };
    }),
  );
}

/** Each right alone, none and all, by key and by cookie. */
async function callersOfOtherTenants({ system }: AttackTarget): Promise<readonly Credential[]> {
  const each = [...rights.map((right) => [right]), [], [...rights]].map(async (held) => {
    const name = held.length === 1 ? `the right ${held[0]}` : `${held.length} rights`;
    const { text, key } = await system.newKey({ tenant: `has ${name}`, rights: held });
    const cookie = await sessionOf(system, key);
    return [
      {
        name: `a key with ${name}`,
        shownWith: (call: HttpCall) => withKey(call, text),
        expected: (route: AttackedRoute) => byRights(held, route),
      },
      {
        name: `a cookie with ${name}`,
        shownWith: (call: HttpCall) => withCookie(call, cookie),
        expected: byCookie(held),
      },
    ];
  });
  return (await Promise.all(each)).flat();
}

async function suspended({ system }: AttackTarget): Promise<Credential> {
  const { text } = await system.newKey({ tenant: suspendedTenant });
  return {
    name: 'a key of a suspended tenant',
    shownWith: (call) => withKey(call, text),
    expected: (route) =>
      route.isRefusedIfSuspended && !isOfJob(route) ? 'forbidden' : byRights(rights, route),
  };
}

const link = 'a link to a job';

async function linkToJob({ system, victims, ownersKey }: AttackTarget): Promise<Credential> {
  const grant = await grantOf(system, victims.waiting, ownersKey);
  return {
    name: link,
    shownWith: (call) => withGrant(call, grant),
    expected: ({ access }) => (access === 'grant or read' ? 'let in' : 'unknown caller'),
  };
}

/** Of those that expire later, so that the one of the job stays good. */
async function endedLinkToJob({ system, victims, ownersKey }: AttackTarget): Promise<Credential> {
  const { waiting: id } = victims;
  const createdAt = await creationOf(system, id, ownersKey);
  const job = { id, createdAt, updatedAt: createdAt + 400 * dayMs };
  const grant = grantFor(job, { root: await system.root(), retentionDays: 30 });
  const url = `${system.address}/ui/jobs/${id}?grant=${grant}`;
  const { status } = await system.call(withKey(post('/ended-links', { url }), ownersKey));
  if (status !== 204) throw new Error(`the link could not be ended: ${status}`);
  return {
    name: 'a link to a job, after its end',
    shownWith: (call) => withGrant(call, grant),
    expected: ({ access }) => (access === 'grant or read' ? 'not found' : 'unknown caller'),
  };
}

const answerLink = 'a link for an answer';

async function linkToAnswer({ system, victims, ownersKey }: AttackTarget): Promise<Credential> {
  const signed = await linkTo(system, victims.asking, ownersKey);
  return {
    name: answerLink,
    shownWith: (call) => withLink(call, signed),
    expected: ({ access }) => (access === 'link or signal' ? 'let in' : 'unknown caller'),
  };
}

async function signedOut({ system }: AttackTarget): Promise<Credential> {
  const { key } = await system.newKey({ tenant: 'signed out' });
  const cookie = await sessionOf(system, key);
  const signOut = { method: 'POST', path: '/ui/sign-out', headers: { 'sec-fetch-site': 'same-origin' } };
  await system.call(withCookie(signOut, cookie));
  return {
    name: 'a cookie after its sign-out',
    shownWith: (call) => withCookie(call, cookie),
    expected: unknown,
  };
}

async function fromElsewhere({ system }: AttackTarget): Promise<Credential> {
  const { key } = await system.newKey({ tenant: 'is elsewhere' });
  const cookie = await sessionOf(system, key);
  return {
    name: 'a cookie, sent by another site',
    shownWith: (call) =>
      withCookie({ ...call, headers: { ...call.headers, 'sec-fetch-site': 'cross-site' } }, cookie),
    expected: (route) => (isPage(route) && route.method !== 'GET' ? 'forbidden' : byCookie(rights)(route)),
  };
}

/** People are led to the sign-in, unless a script of ours has called. */
function outcomeOf({ status, headers }: RawAnswer): Outcome {
  if (status === 401 || headers.get('location')?.startsWith('/ui/sign-in')) return 'unknown caller';
  if (status === 403) return 'forbidden';
  return status === 404 ? 'not found' : 'let in';
}

/** Every route with every kind of credential: what it is answered follows from the right that the route declares. */
export async function rightsCases(target: AttackTarget, isLong: boolean): Promise<readonly AttackCase[]> {
  const strangers = await unknownCallers(target);
  const credentials = [
    ...strangers.filter(({ name }) => isLong || oneOfEachSort.includes(name)),
    ...(await callersOfOtherTenants(target)),
    ...(await tokensOfOtherTenants(target)),
    await suspended(target),
    await linkToJob(target),
    await endedLinkToJob(target),
    await linkToAnswer(target),
    await signedOut(target),
    await fromElsewhere(target),
  ];
  // A program's route knows no cookie: one with all rights shows that as well as one with each.
  const isTried = (route: AttackedRoute, { name }: Credential) =>
    isLong || isPage(route) || !/^a cookie with (the right|0)/.test(name);
  return attackedRoutes.flatMap((route) =>
    credentials
      .filter((credential) => isTried(route, credential))
      .map((credential) => () => attackRoute(route, credential, target)),
  );
}

async function attackRoute(
  route: AttackedRoute,
  { name, shownWith, expected }: Credential,
  target: AttackTarget,
): Promise<readonly string[]> {
  const sent = shownWith(callOf(route, target));
  const answer = await send(target, sent);
  // A link is to be read, and who operates the stage sees whose its schedules are.
  const isLink = name === link || name === answerLink;
  const mayRead = (isLink && expected(route) === 'let in') || asked(route.access) === 'operate';
  return [
    ...faultsIn(answer),
    ...(mayRead ? [] : leaksIn(answer, sent, target)),
    ...(route.access === 'open' ? [] : wrong(outcomeOf(answer), expected(route))),
  ].map((each) => `${route.key} with ${name}: ${each} (${answer.status}, ${shown(sent)})`);
}

/** Who is let in may have named what is not there. */
const wrong = (outcome: Outcome, expected: Outcome): readonly string[] =>
  outcome === expected || (expected === 'let in' && outcome === 'not found')
    ? []
    : [`${outcome}, not ${expected}`];
