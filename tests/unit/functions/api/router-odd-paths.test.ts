import { expect, test } from '@jest/globals';
import { apiFunction } from '../../../../functions/api/router.ts';
import { routes } from '../../../../shared/http/routes.ts';
import { anAccess } from '../../../fakes/access.ts';
import { recordedLog } from '../../../fakes/recorded-log.ts';
import { aRequest } from '../../../fakes/samples.ts';

/** Each answers with its route. */
const handlers = Object.fromEntries(
  Object.keys(routes).map((key) => [key, async () => ({ statusCode: 200, body: key })]),
);
const api = apiFunction(handlers as never, { access: anAccess('none').deps, log: recordedLog() });

/** API Gateway has found the route by then, and may have decoded the path. */
const ids = [
  '%20',
  ' ',
  '%',
  '%zz',
  '%ff',
  'a/b',
  '?',
  '#',
  '..',
  '%2e',
  '\\',
  '\0',
  '%0A',
  '\ud800',
  '',
  '//',
];

test.each(ids)('the id %j leads to no other route, and to no failure', async (id) => {
  for (const routeKey of ['POST /jobs/{id}/cancel', 'DELETE /jobs/{id}', 'GET /problems/{name}']) {
    const [method = '', path = ''] = routeKey.split(' ');
    const request = aRequest({
      routeKey,
      rawPath: path.replace(/\{\w+\}/, id),
      pathParameters: { id, name: id },
    });
    request.requestContext.http.method = method;
    expect(await api(request, {} as never)).toMatchObject({ statusCode: 200, body: routeKey });
  }
});
