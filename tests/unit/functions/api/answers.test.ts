import { describe, expect, test } from '@jest/globals';
import { answerList } from '../../../../functions/api/lists.ts';
import { explanations, problemPage } from '../../../../functions/api/problem-page.ts';
import { InvalidRequestError, NotFoundError } from '../../../../shared/domain/base/errors.ts';
import { jobList } from '../../../../shared/http/responses/job-response.ts';
import { type ProblemName, problemTypes } from '../../../../shared/http/wire/problem-types.ts';
import { aRootSecretEntry } from '../../../set-ups/access.ts';
import { aListing } from '../../../set-ups/listing.ts';
import { aRequest } from '../../../set-ups/samples.ts';

async function aList(count: number) {
  const { list, submit, fail } = aListing();
  for (let number = 1; number <= count; number += 1) {
    const id = await submit({ after: number, tags: [number % 2 === 0 ? 'even' : 'odd'] });
    if (number % 5 === 0) await fail(id);
  }
  const ask = (rawQueryString = '', { tenant = 'a tenant', root = aRootSecretEntry() } = {}) =>
    answerList(aRequest({ rawPath: '/jobs', rawQueryString }), { tenant, root }, { list, listShards: 1 });
  const page = async (query = '', over = {}) =>
    jobList.parse(JSON.parse((await ask(query, over)).body ?? ''));
  return { ask, page };
}

const cursorDetail = 'is not a cursor of this list, with this filter';

describe('GET /jobs', () => {
  test('answers with the newest jobs, without what may be large and without their links for everybody', async () => {
    const { ask, page } = await aList(25);
    expect(await ask()).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'private, no-cache' },
    });
    const { items } = await page();
    expect(items).toHaveLength(20);
    expect(items.map(({ createdAt }) => createdAt)).toEqual(
      items.map(({ createdAt }) => createdAt).sort((one, other) => (one < other ? 1 : -1)),
    );
    const { body } = await ask('limit=1');
    const [item] = JSON.parse(body ?? '').items;
    expect(item.statusUrl).toBe(`https://api.example.com/jobs/${item.id}`);
    for (const key of ['result', 'history', 'pageUrl', 'tenant', 'message'])
      expect(item).not.toHaveProperty(key);
  });

  test.each(['', 'tag=odd', 'status=failed', 'tag=even&status=failed'])(
    'leads from page to page of "%s", to every job once, and says where the end is',
    async (query) => {
      const { page } = await aList(60);
      const [all] = [await page(`limit=100&${query}`)];
      expect(all.nextCursor).toBeUndefined();
      const found: string[] = [];
      let cursor: string | undefined;
      let pages = 0;
      do {
        const next = await page(`limit=7&${query}${cursor ? `&cursor=${cursor}` : ''}`);
        found.push(...next.items.map(({ id }) => id));
        cursor = next.nextCursor;
        // How far the search is: the last job of the page.
        expect(next.searchedTo).toBe(cursor === undefined ? undefined : next.items.at(-1)?.createdAt);
        pages += 1;
      } while (cursor !== undefined);
      expect(found).toEqual(all.items.map(({ id }) => id));
      expect(pages).toBe(Math.ceil(all.items.length / 7));
    },
  );

  test('may change the size of its pages on the way', async () => {
    const { page } = await aList(10);
    const { nextCursor } = await page('limit=3');
    expect((await page(`limit=100&cursor=${nextCursor}`)).items).toHaveLength(7);
  });

  test('has no jobs for another tenant', async () => {
    const { page } = await aList(3);
    expect(await page('', { tenant: 'another tenant' })).toEqual({ items: [] });
  });

  test.each([
    ['of another tenant', 'limit=2', { tenant: 'another tenant' }],
    ['of another filter', 'limit=2&tag=odd', {}],
    [
      'made before its key was rotated',
      'limit=2',
      { root: aRootSecretEntry({ versions: { ...aRootSecretEntry().versions, cursor: 2 } }) },
    ],
  ])('refuses a cursor %s', async (_what, query, over) => {
    const { ask, page } = await aList(5);
    const { nextCursor } = await page('limit=2');
    const error = await ask(`${query}&cursor=${nextCursor}`, over).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(error).toMatchObject({ violations: [{ pointer: 'cursor', detail: cursorDetail }] });
  });

  test.each(['', 'x', 'x.y', '1767323045678'])('refuses "%s", which is no cursor', async (cursor) => {
    const { ask } = await aList(1);
    await expect(ask(`cursor=${cursor}`)).rejects.toThrow(InvalidRequestError);
  });
});

const names = Object.keys(problemTypes) as ProblemName[];

describe('GET /problems/{name}', () => {
  test.each(names)('explains %s', (name) => {
    const { statusCode, headers, body = '' } = problemPage(name);
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'",
    });
    expect(body).toContain(`<title>${problemTypes[name].title}</title>`);
    expect(body).toContain(`HTTP status ${problemTypes[name].status}.`);
    // No back quote is left over, and nothing but our own elements.
    expect(body).not.toContain('`');
    expect(body.replace(/<!doctype html>|<\/?(html|meta|title|h1|h2|p|code)( [^>]*)?>/g, '')).not.toMatch(
      /</,
    );
  });

  test.each(names)('says when %s comes, and what to do, in whole sentences', (name) => {
    const { when, whatToDo } = explanations[name];
    for (const text of [when, whatToDo]) expect(text).toMatch(/^[A-Z`].+\.$/);
  });

  test('shows what stands for a value as text', () => {
    expect(problemPage('unauthenticated').body).toContain('<code>Authorization: Bearer &lt;key></code>');
  });

  test.each(['', 'nothing', 'toString', '__proto__', 'Conflict', '<script>'])(
    'knows no problem of the name "%s"',
    (name) => {
      expect(() => problemPage(name)).toThrow(NotFoundError);
    },
  );
});
