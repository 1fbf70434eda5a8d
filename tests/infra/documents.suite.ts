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

const response = z.object({ statusCode: z.literal(200), body: z.string() });

/** What a bundle answers to a GET, on its own. */
async function get(fn: PackagedFunction, path: string): Promise<unknown> {
  const dir = await mkdtemp(join(tmpdir(), 'job-worker-documents-'));
  const event = {
    version: '2.0',
    routeKey: `GET ${path}`,
    rawPath: path,
    rawQueryString: '',
    headers: {},
    requestContext: { stage: '$default', domainName: 'api', http: { method: 'GET', path } },
  };
  try {
    const env = { ...fn.environment, AUTH: 'none', STAGE: 'local' };
    const { answered } = await invoke(fn, unpack(fn, dir), { event, env });
    return JSON.parse(response.parse(JSON.parse(answered)).body);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

export function describeDocuments({ functions }: Package): void {
  test('the function api has what its documents come to', async () => {
    const api = functions.find(({ name }) => name === 'api');
    if (!api) throw new Error('there is no function api');
    expect(await get(api, '/openapi.json')).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
    expect(await get(api, '/job-types')).toEqual(JSON.parse(JSON.stringify({ items: jobTypeDocuments() })));
  });

  test('no other function has a document', () => {
    const withDocument = functions.filter(({ bundle }) => bundle.includes('SubmitCountdown'));
    expect(withDocument.map(({ name }) => name)).toEqual(['api']);
  });

  test('no function has what makes them', () => {
    for (const { name, bundle } of functions)
      expect([name, libraryTexts.filter((text) => bundle.includes(text))]).toEqual([name, []]);
  });
}
