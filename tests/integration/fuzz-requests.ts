import fc from 'fast-check';
import { contractOf } from '../../shared/author/contract.ts';
import { type DocumentedOperation, operations } from '../api-document.ts';
import { contracts } from '../job-types/contracts.ts';
import { yearly } from '../system/start-system.ts';
import { mutations } from './fuzz-mutations.ts';
import type { FuzzRequest } from './fuzz-request.ts';
import { type Mild, valuesOf } from './fuzz-values.ts';
import { parentJob } from './probes.ts';

/** What the requests of a route are about. */
export interface Fixture {
  readonly key: string;
  /** All jobs of the tenant: a bulk action of its own may change them, some time after it was accepted. */
  readonly ownIds: readonly string[];
  /** Ids of jobs of the tenant, and of another one. */
  readonly jobIds: readonly string[];
  /** Cursors of the tenant's list, and of another one. */
  readonly cursors: readonly string[];
  /** The links to pages of jobs of the tenant. */
  readonly links: readonly string[];
}

const mostly = <T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 7, arbitrary: usual }, { weight: 1, arbitrary: other });

const past = '2020-01-01T00:00:00Z';
const soon = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

/** Jobs that take no time, and wait for none that a test would wait for. */
const mildFields = ({ jobIds, cursors, links }: Fixture): Mild => ({
  seconds: fc.constantFrom(0, 0, 0, 0, 1),
  failFirst: fc.constant(0),
  delaySeconds: fc.constantFrom(0, 600),
  dependsOn: fc.array(mostly(fc.constantFrom(...jobIds.slice(0, 5)), fc.constantFrom(...jobIds)), {
    maxLength: 2,
  }),
  group: fc.constantFrom('a group', '🎈'),
  // Nobody listens there.
  notify: fc.constantFrom([], [{ url: 'http://localhost:1/' }]),
  runAt: mostly(fc.constant(soon(1)), fc.constant(past)),
  startBefore: mostly(fc.constant(soon(2)), fc.constant(past)),
  // Of a pause.
  until: mostly(fc.constant(soon(1)), fc.constant(past)),
  idempotencyKey: mostly(fc.uuid(), fc.constantFrom('a key', 'another key')),
  cursor: fc.constantFrom(...cursors, 'a cursor'),
  id: fc.constantFrom(...jobIds),
  job: fc.constantFrom(...jobIds),
  // Of a batch, as a path has it.
  key: mostly(fc.constant('children'), fc.constantFrom('another', 'a%252Fb', 'a%2Fb', '%F0%9F%8E%88')),
  schedule: mostly(fc.constantFrom(...Object.values(yearly)), fc.constant('none')),
  pause: mostly(fc.constant('tenant:acme'), fc.constantFrom('none', '%F0%9F%8E%88')),
  signal: mostly(fc.constant('approve'), fc.constant('none')),
  // Of a webhook, or of a link that ends.
  url: mostly(
    fc.constantFrom(...(links.length > 0 ? links : ['https://hooks.example.com/jobs'])),
    fc.constantFrom('ftp://hooks.example.com/', 'http://localhost:1/ui/jobs/none?grant=1.x.y'),
  ),
  // Of a child.
  index: mostly(fc.constantFrom('0', '1'), fc.constantFrom('2', '-1', 'none')),
});

const headerValues: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'Idempotency-Key': mostly(
    fc.uuid().map((id) => `"${id}"`),
    fc.constantFrom('"a key"', 'a-token'),
  ),
  'If-None-Match': fc.constantFrom('"a-tag"', '*', 'W/"a-tag"'),
  Prefer: fc.constantFrom('wait=0', 'respond-async'),
  traceparent: fc.constantFrom('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', 'none'),
};

/** Requests of a route that are valid, or nearly. */
export function requestsOf(address: string, fixture: Fixture): fc.Arbitrary<FuzzRequest> {
  const operation = operations.get(address);
  if (!operation) throw new TypeError(`the document has no ${address}`);
  const hasBody = operation.requestBody !== undefined;
  const changes = fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 7, arbitrary: fc.array(mutations(hasBody), { minLength: 1, maxLength: 3 }) },
  );
  return fc
    .tuple(validRequests(address, operation, fixture), changes)
    .map(([request, each]) => each.reduce<FuzzRequest>((changed, mutate) => mutate(changed), request));
}

function validRequests(
  address: string,
  { parameters = [], requestBody }: DocumentedOperation,
  fixture: Fixture,
): fc.Arbitrary<FuzzRequest> {
  const [method = '', path = ''] = address.split(' ');
  const mild = mildFields(fixture);
  const of = (place: string) => parameters.filter((each) => each.in === place);
  const generated = ({ name, schema }: (typeof parameters)[number]) => mild[name] ?? valuesOf(schema, mild);
  const all = (place: string) => Object.fromEntries(of(place).map((each) => [each.name, generated(each)]));
  const headers = of('header').map(({ name }) => [name, headerValues[name] ?? fc.string()] as const);
  return fc
    .record({
      method: method === 'GET' ? fc.constantFrom('GET', 'GET', 'GET', 'HEAD') : fc.constant(method),
      path: fc.record(all('path')),
      query: fc.record(all('query'), { requiredKeys: [] }),
      headers: fc.record(Object.fromEntries(headers), { requiredKeys: [] }),
      body: address.endsWith('/{signal}')
        ? mostly<unknown>(fc.constant({ isOk: true }), fc.jsonValue())
        : requestBody
          ? valuesOf(requestBody.content['application/json']?.schema, mild)
          : fc.constant(undefined),
      isConsistent: mostly(fc.constant(true), fc.constant(false)),
      isSetUp: mostly(fc.constant(true), fc.constant(false)),
    })
    .map(({ isSetUp, body, ...parts }) => ({ ...parts, body: replaced(body, isSetUp) }))
    .map(({ isConsistent, ...parts }) =>
      isConsistent
        ? { ...parts, query: consistentQuery(address, parts.query), body: consistent(parts.body) }
        : parts,
    )
    .map(({ path: names, query, headers: given, ...request }) => ({
      ...request,
      path: path.replace(/\{(\w+)\}/g, (_, name: string) => String(names[name])),
      query: queryOf(query),
      headers: {
        authorization: `Bearer ${fixture.key}`,
        'content-type': 'application/json',
        ...Object.fromEntries(
          Object.entries(given).map(([name, value]) => [name.toLowerCase(), String(value)]),
        ),
      },
    }));
}

/** A cursor is good for its list only, and those of the fixture are of the list of all jobs. */
const consistentQuery = (
  address: string,
  { cursor, limit = 1, ...query }: Readonly<Record<string, unknown>>,
) =>
  cursor !== undefined && address === 'GET /jobs' && Object.keys(query).length < 2
    ? { cursor, limit }
    : { ...query, ...(limit === 1 ? {} : { limit }) };

/** What the schema of a submission cannot say: which of its fields exclude each other. */
function consistent(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  if ('jobs' in body && Array.isArray(body.jobs)) return { jobs: body.jobs.map(consistent) };
  const excluded = [
    ...('group' in body ? ['delaySeconds', 'runAt', 'dependsOn'] : []),
    ...('runAt' in body ? ['delaySeconds'] : []),
  ];
  return Object.fromEntries(Object.entries(body).filter(([name]) => !excluded.includes(name)));
}

/**
 * Of types that the stage is not set up for, every job is refused. And what the children of a job write would count as written by nobody.
 */
function replaced(body: unknown, isSetUp: boolean): unknown {
  if (typeof body !== 'object' || body === null) return body;
  if ('jobs' in body && Array.isArray(body.jobs))
    return { jobs: body.jobs.map((job: unknown) => replaced(job, isSetUp)) };
  const type = 'type' in body ? String(body.type) : '';
  const isOther = type === parentJob.type || (isSetUp && contractOf(contracts, type)?.needs);
  return isOther ? { ...body, type: 'counting', payload: { seconds: 0 } } : body;
}

const queryOf = (values: Readonly<Record<string, unknown>>): string =>
  Object.entries(values)
    .flatMap(([name, value]) =>
      [value].flat().map((each) => `${name}=${encodeURIComponent(String(each).toWellFormed())}`),
    )
    .join('&');
