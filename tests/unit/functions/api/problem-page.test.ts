import { describe, expect, test } from '@jest/globals';
import { explanations, problemPage } from '../../../../functions/api/problem-page.ts';
import { type ProblemName, problemTypes } from '../../../../shared/http/problem-types.ts';
import { NotFoundError } from '../../../../shared/job/errors.ts';

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
