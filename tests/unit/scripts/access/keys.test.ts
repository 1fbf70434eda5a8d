import { describe, expect, test } from '@jest/globals';
import { AccessTableError } from '../../../../infra/access/admin-store.ts';
import { AccessCommandError } from '../../../../infra/access/manage-keys.ts';
import { describeFailure } from '../../../../scripts/access/describe-failure.ts';
import { entryDocument } from '../../../../scripts/access/entry-document.ts';
import { parseOptions } from '../../../../scripts/access/parse-options.ts';
import { UsageError } from '../../../../scripts/usage-error.ts';
import { type AccessEntry, rights } from '../../../../shared/domain/access/access-entry.ts';

const named = (name: string) => Object.assign(new Error('x'), { name });

describe('describe failure', () => {
  test.each([
    [new UsageError('--stage is missing'), 2, '--stage is missing'],
    [new AccessCommandError('There is no key x.'), 4, 'There is no key x.'],
    [new AccessTableError('`npm start` does not run'), 6, '`npm start` does not run.'],
  ])('%s is told as it is', (error, exitCode, text) => {
    expect(describeFailure(error)).toEqual({ exitCode, text });
  });

  test('a table that is not there may be in another region or account', () => {
    const error = new AccessTableError('there is no table job-worker-prod-access', {
      cause: named('ResourceNotFoundException'),
    });
    expect(describeFailure(error)).toEqual({
      exitCode: 6,
      text: expect.stringMatching(
        /^There is no table job-worker-prod-access\. Is the stage deployed, in this region/,
      ),
    });
  });

  test.each(['CredentialsProviderError', 'AccessDeniedException', 'ExpiredTokenException'])(
    '%s asks for credentials of AWS',
    (name) => {
      const error = new AccessTableError('the table could not be read: no', { cause: named(name) });
      expect(describeFailure(error)).toEqual({
        exitCode: 5,
        text: expect.stringContaining('Set AWS credentials'),
      });
    },
  );

  test('what nobody has foreseen is left to the caller', () => {
    expect(describeFailure(new TypeError('x'))).toBeUndefined();
  });
});

const createdAt = Date.parse('2026-11-25T10:00:00Z');
const sha256 = 'a'.repeat(64);

describe('entry document', () => {
  test.each<[AccessEntry, object]>([
    [
      {
        id: 'key/abcdefghijkl',
        kind: 'key',
        tenant: 'acme',
        rights: ['read'],
        createdAt,
        expiresAt: createdAt + 1000,
        secrets: [{ sha256 }],
      },
      {
        kind: 'key',
        id: 'abcdefghijkl',
        tenant: 'acme',
        rights: ['read'],
        createdAt: '2026-11-25T10:00:00.000Z',
        expiresAt: '2026-11-25T10:00:01.000Z',
        revokedAt: null,
      },
    ],
    [
      { id: 'role/batch', kind: 'role', tenant: 'acme', rights: ['read'], createdAt },
      {
        kind: 'role',
        role: 'batch',
        tenant: 'acme',
        rights: ['read'],
        createdAt: '2026-11-25T10:00:00.000Z',
      },
    ],
    [
      { id: 'webhook/x', kind: 'webhook', tenant: 'acme', version: 2, before: 1, previousUntil: createdAt },
      {
        ...{ kind: 'webhook', tenant: 'acme', version: 2, previousUntil: '2026-11-25T10:00:00.000Z' },
        endpoints: [],
      },
    ],
    [
      {
        ...{ id: 'webhook/x', kind: 'webhook', tenant: 'acme', version: 1, before: 1, previousUntil: 0 },
        endpoints: [{ address: 'https://a.example/b', version: 2, before: 1, previousUntil: createdAt }],
      },
      {
        ...{ kind: 'webhook', tenant: 'acme', version: 1, previousUntil: '1970-01-01T00:00:00.000Z' },
        endpoints: [{ url: 'https://a.example/b', version: 2, previousUntil: '2026-11-25T10:00:00.000Z' }],
      },
    ],
    [
      { id: 'webhook-key', kind: 'webhookKey', secret: sha256, version: 3 },
      { kind: 'webhookKey', version: 3 },
    ],
    [
      { id: 'tenant/x', kind: 'tenant', tenant: 'acme', mailTo: ['example.com'] },
      { kind: 'tenant', tenant: 'acme', mailTo: ['example.com'] },
    ],
    [
      { id: 'tenant/x', kind: 'tenant', tenant: 'acme' },
      { kind: 'tenant', tenant: 'acme', mailTo: [] },
    ],
    [
      { id: 'links', kind: 'links', secret: 'a'.repeat(43), createdAt },
      { kind: 'links', createdAt: '2026-11-25T10:00:00.000Z' },
    ],
    [
      {
        id: 'root',
        kind: 'root',
        secret: sha256,
        versions: { grant: 1, cookie: 2, cursor: 1, webhook: 1 },
        createdAt,
      },
      {
        kind: 'root',
        versions: { grant: 1, cookie: 2, cursor: 1, webhook: 1 },
        createdAt: '2026-11-25T10:00:00.000Z',
      },
    ],
  ])('$kind: programs are told what there is, and no secret', (entry, document) => {
    expect(entryDocument(entry)).toEqual(document);
    expect(JSON.stringify(entryDocument(entry))).not.toContain(sha256);
  });
});

const now = Date.parse('2026-11-25T10:00:00Z');
const dayMs = 24 * 3_600_000;

describe('parse options', () => {
  test('everything that is missing or wrong is named at once', () => {
    const texts = { rights: 'read,fly', expires: '2020-01-01' };
    expect(() => parseOptions(['tenant', 'rights', 'expires', 'stage'], texts, now)).toThrow(
      new UsageError(
        [
          '--tenant is missing: whose jobs it is about, such as team-blue, as a key, a token or a role names it',
          `--rights "read,fly" names "fly", and there is no such right. There are: ${rights.join(', ')}`,
          '--expires "2020-01-01" is neither a day ahead, such as 2099-12-31, nor a time from now, such as 90d',
          '--stage is missing: local for `npm start` on this machine, or a deployed stage, such as dev or prod',
        ].join('\n'),
      ),
    );
  });

  test('rights are a comma list, each once', () => {
    expect(parseOptions(['rights'], { rights: 'submit, read,submit' }, now)).toEqual({
      rights: ['submit', 'read'],
    });
  });

  test.each([
    ['90d', now + 90 * dayMs],
    ['36h', now + 1.5 * dayMs],
    ['1h30m', now + dayMs / 16],
    ['2027-01-01', Date.parse('2027-01-01T00:00:00Z')],
    ['2027-01-01 12:30', Date.parse('2027-01-01T12:30:00Z')],
    ['09:00', Date.parse('2026-11-26T09:00:00Z')],
    ['tomorrow', Date.parse('2026-11-26T00:00:00Z')],
    [undefined, undefined],
  ])('--expires %s is understood', (expires, moment) => {
    expect(parseOptions(['expires'], { expires }, now)).toEqual({ expires: moment });
  });

  describe.each([
    ['expires', ['', '0d', '90', '90w', 'soon', '2027-02-31', '2027-1-1', '2026-11-25', '9999999d']],
    ['grace', ['', '24', '-1h', '1y', '9999999d']],
    ['stage', ['', 'a b', 'x/y']],
    ['tenant', ['', ' a', 'a\nb', '"a', 'x'.repeat(8193)]],
    ['to', ['', 'localhost', 'example.com,', 'none,example.com', '*.example.com', 'acme=example.com']],
    ['rights', ['', ',', 'READ']],
    ['id', ['', 'role/abcdefghijkl', 'short', 'sjw_abcdefghijkl_x']],
    ['role', ['', 'path/name', 'arn:aws:iam::1:role/x']],
    ['name', ['', 'jobs', 'root']],
  ] as const)('%s', (name, wrong) => {
    test.each(wrong)('"%s" is refused', (text) => {
      expect(() => parseOptions([name], { [name]: text }, now)).toThrow(UsageError);
    });
  });

  test.each([
    ['Example.com, jane@Example.org,example.com', ['example.com', 'jane@example.org']],
    ['*', ['*']],
    ['none', []],
    [undefined, undefined],
  ])('--to %s is understood', (to, places) => {
    expect(parseOptions(['to'], { to }, now)).toEqual({ to: places });
  });

  test('a place that mail cannot go to is named with what can', () => {
    expect(() => parseOptions(['to'], { to: 'example.com,acme,localhost' }, now)).toThrow(
      '--to "example.com,acme,localhost" has "acme", "localhost". Use a comma list of domains and addresses, such as',
    );
  });

  test('a tenant that a token names may have any letter', () => {
    expect(parseOptions(['tenant'], { tenant: 'Müller & Söhne' }, now)).toEqual({
      tenant: 'Müller & Söhne',
    });
  });

  test('the id of a key is understood as a key has it, and as the list shows it', () => {
    expect(parseOptions(['id'], { id: 'abcdefghijkl' }, now)).toEqual({ id: 'abcdefghijkl' });
    expect(parseOptions(['id'], { id: 'sjw_abcdefghijkl' }, now)).toEqual({ id: 'abcdefghijkl' });
    expect(parseOptions(['id'], { id: 'key/abcdefghijkl' }, now)).toEqual({ id: 'abcdefghijkl' });
  });

  test('a whole key in the place of its id is not repeated in the error', () => {
    const parse = () => parseOptions(['id'], { id: 'sjw_abcdefghijkl_thesecret' }, now);
    expect(parse).toThrow('"sjw_abcdefghijkl_..." is not the id of a key');
  });
});
