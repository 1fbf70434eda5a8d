import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { jobTypeDocuments, openApiDocument } from '../../functions/api/documents.ts';
import { invoke, unpack } from './bundles.suite.ts';
import type { Package, PackagedFunction } from './packaged.ts';

/** Texts of the libraries that make the documents: of zod-openapi, and of zod's part for JSON Schema. */
const libraryTexts = ['ZOD_OPENAPI', 'is already registered', 'cannot be represented in JSON Schema'];

const outcome = z.object({ answer: z.object({ statusCode: z.literal(200), body: z.string() }) });

/** What a bundle answers to each GET, on its own. */
async function get(fn: PackagedFunction, paths: readonly string[]): Promise<readonly unknown[]> {
  const dir = await mkdtemp(join(tmpdir(), 'job-worker-documents-'));
  const events = paths.map((path) => ({
    version: '2.0',
    routeKey: `GET ${path}`,
    rawPath: path,
    rawQueryString: '',
    headers: {},
    requestContext: { stage: '$default', domainName: 'api', http: { method: 'GET', path } },
  }));
  try {
    const env = { ...fn.environment, AUTH: 'none', STAGE: 'local' };
    const { outcomes } = await invoke(fn, unpack(fn, dir), { events, env });
    return outcomes.map((each) => JSON.parse(outcome.parse(each).answer.body));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

export function describeDocuments({ functions }: Package): void {
  test('the function api has what its documents come to', async () => {
    const api = functions.find(({ name }) => name === 'api');
    if (!api) throw new Error('there is no function api');
    const documents = [openApiDocument(), { items: jobTypeDocuments() }];
    expect(await get(api, ['/openapi.json', '/job-types'])).toEqual(JSON.parse(JSON.stringify(documents)));
  });

  test('no other function has a document', () => {
    const withDocument = functions.filter(({ bundle }) => bundle.includes('SubmitCounting'));
    expect(withDocument.map(({ name }) => name)).toEqual(['api']);
  });

  test('no function has what makes them', () => {
    // What job types bring may have the same texts.
    const ours = functions.filter(({ name }) => name !== 'worker' && name !== 'longWorker');
    for (const { name, bundle } of ours)
      expect([name, libraryTexts.filter((text) => bundle.includes(text))]).toEqual([name, []]);
  });
}
