import type { Contracts } from '../../../../client/src/contracts.ts';
import { type ClientOptions, createClient } from '../../../../client/src/create-client.ts';

/** What the API does with a request: an answer, or an error in place of one. */
export type Step = Response | Error | ((request: Request) => Response | Promise<Response>);

export const stage = 'https://jobs.example.com/dev';
export const id = '5f0c3ad6-2e1b-4c9f-9a53-0d6c6b8f7a11';

/** A client of an API that does one step for each request, and then fails. */
export function scriptedApi<Known extends Contracts = Contracts>(
  steps: readonly Step[],
  options: Partial<ClientOptions<Known>> = {},
) {
  /** All that were sent, with their bodies. */
  const sent: { readonly request: Request; readonly body: string }[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    const step = steps[sent.length] ?? new Error('no more was expected');
    sent.push({ request, body: await request.clone().text() });
    if (step instanceof Error) throw step;
    return step instanceof Response ? step : step(request);
  };
  const targets = () =>
    sent.map(({ request: { method, url } }) => `${method} ${url.replace(`${stage}/`, '/')}`);
  const headersNamed = (name: string) => sent.map(({ request }) => request.headers.get(name));
  return { client: createClient<Known>({ url: stage, fetch, ...options }), sent, targets, headersNamed };
}

export const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });

/** As API Gateway itself answers. */
export const byGateway = (status: number, headers: Record<string, string> = {}): Response =>
  json(status, { message: 'of the gateway' }, headers);

export const problem = (status: number, name: string, more: object = {}): Response =>
  json(
    status,
    { type: `/problems/${name}`, title: 'The title', status, detail: 'The detail', instance: '/', ...more },
    { 'content-type': 'application/problem+json' },
  );

export const aJob = (over: object = {}): object => ({
  id,
  type: 'counting',
  status: 'queued',
  result: null,
  error: null,
  statusUrl: `${stage}/jobs/${id}`,
  pageUrl: `${stage}/ui/jobs/${id}?grant=g.1`,
  ...over,
});
