import { NotFoundError } from '../../shared/domain/base/errors.ts';
import { type CheckAccessDependencies, isCaller } from '../../shared/http/access/check-access.ts';
import type { RouteHandlers } from '../../shared/http/http-function.ts';
import { jsonResponse } from '../../shared/http/wire/respond.ts';
import { documentForStrangers } from './document-for-strangers.ts';
import { jobTypeDocuments, openApiDocument } from './documents.ts';
import { problemPage } from './problem-page.ts';

type DocumentRoute =
  | 'GET /job-types'
  | 'GET /job-types/{type}'
  | 'GET /openapi.json'
  | 'GET /problems/{name}';

interface Dependencies {
  readonly access: CheckAccessDependencies;
  /** Where the stage is; empty: where it was asked. */
  readonly publicUrl: string;
}

/** The document of this version never changes. What it has depends on the credential. */
const cached = { 'cache-control': 'private, max-age=300', vary: 'Authorization' };

/** What the API says of itself. */
export const documentRoutes = ({
  access,
  publicUrl,
}: Dependencies): Pick<RouteHandlers<'api'>, DocumentRoute> => ({
  'GET /job-types': async () => jsonResponse(200, { items: jobTypeDocuments() }),

  'GET /job-types/{type}': async ({ pathParameters }) => {
    const found = jobTypeDocuments().find(({ type }) => type === pathParameters?.type);
    if (!found) throw new NotFoundError('There is no job type of this name.');
    return jsonResponse(200, found);
  },

  'GET /openapi.json': async (request) => {
    const document = (await isCaller(request, access)) ? openApiDocument() : documentForStrangers();
    const servers = publicUrl === '' ? {} : { servers: [{ url: publicUrl }] };
    return jsonResponse(200, { ...document, ...servers }, cached);
  },

  'GET /problems/{name}': async ({ pathParameters }) => problemPage(pathParameters?.name ?? ''),
});
