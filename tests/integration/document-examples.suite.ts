import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { problemsWith } from '../answer-check.ts';
import { type DocumentedOperation, operations } from '../api-document.ts';
import { eventually } from './eventually.ts';
import type { HttpSystem, RawAnswer, RawRequest } from './http-system.ts';
import { failingJob, parentJob } from './probes.ts';

let system: HttpSystem;
let key: string;

interface ExampleCall {
  readonly method: string;
  readonly path: string;
  readonly query?: string;
  readonly headers?: RawRequest['headers'];
  readonly body?: unknown;
}

/** Makes a request, and checks its answer by the document. */
async function ask({ method, path, query = '', headers = {}, body }: ExampleCall): Promise<RawAnswer> {
  const answer = await system.send({
    method,
    target: `${path}${query}`,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: body === undefined ? undefined : Buffer.from(JSON.stringify(body)),
  });
  expect({ asked: `${method} ${path}${query}`, problems: problemsWith({ method, path, ...answer }) }).toEqual(
    {
      asked: `${method} ${path}${query}`,
      problems: [],
    },
  );
  return answer;
}

const job = z.object({ id: z.string(), status: z.string() });
const jobIn = ({ body }: RawAnswer) => job.parse(JSON.parse(body));
const submit = async (more: object = {}) => {
  const body = { type: 'counting', payload: { seconds: 0 }, ...more };
  return jobIn(await ask({ method: 'POST', path: '/jobs', body }));
};
const waiting = () => submit({ delaySeconds: 600 });
/** It waits for an answer. */
const aBooking = { type: 'booking', payload: { seats: 0, waitSeconds: 0 } };
const canceled = async () => {
  const { id } = await waiting();
  return jobIn(await ask({ method: 'POST', path: `/jobs/${id}/cancel` }));
};
const ended = async (status: string, more?: object) => {
  const { id } = await submit(more);
  const read = async () => jobIn(await ask({ method: 'GET', path: `/jobs/${id}` }));
  return eventually(async () => {
    const found = await read();
    return found.status === status ? found : undefined;
  }, `job ${id} to have ${status}`);
};
const succeeded = () => ended('succeeded');
const failed = () => ended('failed', failingJob);
const withChildren = () => ended('succeeded', parentJob);
/** A parent whose children have not all ended: it is canceled at the end. */
let parent: Promise<{ readonly id: string }> | undefined;
/** The child of the example, and most others, wait behind those that take seconds. One parent for all: each has 80 children. */
const withOpenChildren = () => {
  parent ??= ended('waiting', { type: parentJob.type, payload: { count: 80, type: 'counting' } });
  return parent;
};
const withCanceledChild = async () => {
  const { id } = await withOpenChildren();
  await ask({ method: 'POST', path: `/jobs/${id}/children/children/76/cancel` });
  return { id };
};

/** The job that an operation is tried with. */
const subjects: Readonly<Record<string, () => Promise<{ readonly id: string }>>> = {
  'POST /jobs/{id}/cancel': waiting,
  'POST /jobs/{id}/retry': canceled,
  'POST /jobs/{id}/signals/{signal}': () => submit({ ...aBooking, delaySeconds: 600 }),
  'GET /jobs/{id}/children/{key}': withChildren,
  'HEAD /jobs/{id}/children/{key}': withChildren,
  'GET /jobs/{id}/children/{key}/{index}': withOpenChildren,
  'HEAD /jobs/{id}/children/{key}/{index}': withOpenChildren,
  'POST /jobs/{id}/children/{key}/{index}/cancel': withOpenChildren,
  'POST /jobs/{id}/children/{key}/{index}/retry': withCanceledChild,
  'POST /jobs/{id}/children/{key}/retry': withOpenChildren,
  'GET /jobs/{id}/input': failed,
  'HEAD /jobs/{id}/input': failed,
};

/** The link of an example is signed by nobody. */
const linked = z.object({ pageUrl: z.string() });
async function endedLink() {
  const { id } = await waiting();
  const { body } = await ask({ method: 'GET', path: `/jobs/${id}` });
  return { url: linked.parse(JSON.parse(body)).pageUrl };
}

async function bodiesOf(key: string, { requestBody }: DocumentedOperation): Promise<readonly unknown[]> {
  if (key === 'POST /ended-links') return [await endedLink()];
  const examples = Object.values(requestBody?.content['application/json']?.examples ?? {});
  return examples.length === 0
    ? [undefined]
    : examples.map((example) => z.object({ value: z.unknown() }).parse(example).value);
}

/** Parameters as in the example. Of some, the example is of something that is not there. */
const omitted = ['cursor', 'If-None-Match', 'Idempotency-Key', 'wait', 'Prefer'];
function exampleOf(operation: DocumentedOperation): Pick<ExampleCall, 'query' | 'headers'> {
  const used = (operation.parameters ?? []).filter(({ name }) => !omitted.includes(name));
  const query = new URLSearchParams(
    used
      .filter((each) => each.in === 'query')
      .flatMap(({ name, example }) =>
        [example].flat().map((value): [string, string] => [name, String(value)]),
      ),
  ).toString();
  const headers = used
    .filter((each) => each.in === 'header')
    .map(({ name, example }) => [name, String(example)]);
  return { query: query === '' ? '' : `?${query}`, headers: Object.fromEntries(headers) };
}

async function pathOf(key: string, { parameters = [] }: DocumentedOperation): Promise<string> {
  const [, path = ''] = key.split(' ');
  const job = /\{(id|job)\}/.test(path) ? await (subjects[key] ?? succeeded)() : undefined;
  return path.replace(/\{(\w+)\}/g, (_, name: string) =>
    ['id', 'job'].includes(name)
      ? (job?.id ?? '')
      : String(parameters.find((each) => each.name === name)?.example),
  );
}

/** Every operation of the OpenAPI document, by example. */
export function describeDocumentExamples(running: () => HttpSystem): void {
  beforeAll(async () => {
    system = running();
    key = await system.keyOf('who follows the document');
  });
  afterAll(async () => {
    if (parent) await ask({ method: 'POST', path: `/jobs/${(await parent).id}/cancel` });
  });

  test.each([...operations])('the examples of %s do what they are for', async (key, operation) => {
    const [method = ''] = key.split(' ');
    for (const body of await bodiesOf(key, operation)) {
      const path = await pathOf(key, operation);
      const { status } = await ask({ method, path, ...exampleOf(operation), body });
      expect(status).toBeGreaterThanOrEqual(200);
      expect(status).toBeLessThan(300);
    }
  });

  describe('answers that take more than an example', () => {
    test('a job that ends while it is waited for', async () => {
      const headers = { prefer: 'wait=5', 'idempotency-key': '"waited for"' };
      const body = { type: 'counting', payload: { seconds: 0 } };
      const submit = () => ask({ method: 'POST', path: '/jobs', headers, body });
      // On a busy machine it may not end within five seconds. The same key then asks for the same job.
      let { status } = await submit();
      for (let tries = 1; status === 202 && tries < 4; tries += 1) ({ status } = await submit());
      expect(status).toBe(200);
    });

    test('a submission that comes again, and one of another body under its key', async () => {
      const keyed = { 'idempotency-key': '"a key"' };
      const post = (seconds: number) =>
        ask({
          method: 'POST',
          path: '/jobs',
          headers: keyed,
          body: { type: 'counting', payload: { seconds }, delaySeconds: 600 },
        });
      await post(0);
      const again = await post(0);
      expect(again.headers.get('idempotent-replayed')).toBe('true');
      expect((await post(1)).status).toBe(422);
    });

    test('a state that the client has, a page, and where to wait', async () => {
      const { id } = await succeeded();
      for (const path of [`/jobs/${id}`, `/jobs/${id}/wait`, `/jobs/${id}/result`]) {
        const { headers } = await ask({ method: 'GET', path });
        const known = { 'if-none-match': headers.get('etag') ?? '' };
        for (const method of ['GET', 'HEAD'])
          expect((await ask({ method, path, headers: known })).status).toBe(304);
      }
      const page = await ask({ method: 'GET', path: `/jobs/${id}`, headers: { accept: 'text/html' } });
      expect(page.status).toBe(303);
      expect((await ask({ method: 'GET', path: `/jobs/${id}`, query: '?wait=1' })).status).toBe(307);
    });

    test.each([
      ['GET', '/jobs/none', 404],
      ['GET', '/nothing', 404],
      ['PUT', '/jobs', 405],
      ['DELETE', '/health', 405],
      ['GET', '/problems/none', 404],
      ['GET', '/job-types/none', 404],
      ['HEAD', '/jobs/none', 404],
    ])('%s %s is answered with %s', async (method, path, status) => {
      expect((await ask({ method, path })).status).toBe(status);
    });

    test('a job whose payload is not kept', async () => {
      const { id } = await succeeded();
      expect((await ask({ method: 'GET', path: `/jobs/${id}/input` })).status).toBe(409);
    });

    test('a job without a result, a job that cannot be retried, and one that is erased', async () => {
      const { id } = await waiting();
      expect((await ask({ method: 'GET', path: `/jobs/${id}/result` })).status).toBe(404);
      expect((await ask({ method: 'POST', path: `/jobs/${id}/retry` })).status).toBe(409);
      expect((await ask({ method: 'DELETE', path: `/jobs/${id}` })).status).toBe(409);
      await ask({ method: 'POST', path: `/jobs/${id}/cancel` });
      expect((await ask({ method: 'DELETE', path: `/jobs/${id}` })).status).toBe(204);
      expect((await ask({ method: 'GET', path: `/jobs/${id}` })).status).toBe(404);
    });

    test('no credential', async () => {
      for (const [address, { security }] of operations) {
        const [method = '', path = ''] = address.split(' ');
        const target = path.replace(/\{\w+\}/g, 'none');
        const { status } = await ask({ method, path: target, headers: { authorization: '' } });
        expect([address, status === 401]).toEqual([address, security.length > 0]);
      }
    });
  });
}
