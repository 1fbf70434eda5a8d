import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type CryptoKey, exportSPKI, generateKeyPair, importJWK, type JWTPayload, UnsecuredJWT } from 'jose';
import { authorizeRequest } from '../../../../functions/authorize/authorize-request.ts';
import { tokenVerifier } from '../../../../functions/authorize/verify-token.ts';
import { writeApiKey } from '../../../../shared/domain/access/api-key.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';
import { aKey } from '../../../set-ups/access.ts';
import { startTokenIssuer, type TokenIssuer } from '../../../stand-ins/token-issuer.ts';

let issuer: TokenIssuer;
beforeAll(async () => {
  issuer = await startTokenIssuer();
});
afterAll(() => issuer.stop());
beforeEach(() => {
  issuer.failing = undefined;
  issuer.asked.length = 0;
});

const now = () => Math.floor(Date.now() / 1000);
const owner = { sub: 'the-owner', scope: 'jobs:read' };

/** An instance of the function, which knows no keys yet. */
function anInstance(audiences = ['jobs', 'reports']) {
  const log = recordedLog();
  const verify = tokenVerifier({ issuer: issuer.issuer, audiences, clock: { now: Date.now } });
  const authorize = (authorization: string, tenantClaim = 'sub') =>
    authorizeRequest(authorization, { verify, tenantClaim, log });
  return { authorize, log, ofToken: async (token: string) => authorize(`Bearer ${token}`) };
}

test('hands on what the functions need of a token, and nothing else', async () => {
  const token = await issuer.token({ ...owner, scp: ['a'], org: 'acme', mail: 'a@example.com' });
  const { authorize } = anInstance();
  expect(await authorize(`bearer  ${token} `, 'org')).toEqual({
    isAuthorized: true,
    context: { tenant: 'acme', subject: 'the-owner', scopes: 'jobs:read a' },
  });
});

test.each<[string, JWTPayload]>([
  ['one of several audiences', { aud: ['another', 'reports'] }],
  ['no audience, and a client that is one', { aud: undefined, client_id: 'jobs' } as JWTPayload],
])('takes a token with %s', async (_what, claims) => {
  const { context } = await anInstance().ofToken(await issuer.token({ ...owner, ...claims }));
  expect(context).toEqual({ tenant: 'the-owner', subject: 'the-owner', scopes: 'jobs:read' });
});

const text = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token that somebody has changed, or signed in their own way. */
const forged: Readonly<Record<string, () => Promise<string>>> = {
  'of another audience': () => issuer.token({ ...owner, aud: 'another' }),
  'of no audience': () => issuer.token({ ...owner, aud: undefined } as unknown as JWTPayload),
  'of an audience that has a client that is one': () =>
    issuer.token({ ...owner, aud: 'another', client_id: 'jobs' }),
  'of another issuer': () => issuer.token({ ...owner, iss: 'https://login.example.com/' }),
  'of an issuer without its slash': () => issuer.token({ ...owner, iss: issuer.issuer.slice(0, -1) }),
  'without a tenant': () => issuer.token({ scope: 'jobs:read' }),
  'that has expired': () => issuer.token({ ...owner, exp: now() - 1 }),
  'that never expires': () => issuer.token({ ...owner, exp: undefined } as unknown as JWTPayload),
  'that is not valid yet': () => issuer.token({ ...owner, nbf: now() + 60 }),
  'with a key of somebody else': async () =>
    issuer.token(owner, { key: (await generateKeyPair('ES256')).privateKey }),
  'with a key that the issuer does not have': async () =>
    issuer.token(owner, {
      key: (await generateKeyPair('ES256')).privateKey,
      header: { alg: 'ES256', kid: 'another' },
    }),
  'without a signature': async () => new UnsecuredJWT({ ...owner, iss: issuer.issuer, aud: 'jobs' }).encode(),
  'whose secret is the public key': async () => {
    const pem = await exportSPKI(
      (await importJWK(issuer.publicKey, 'ES256', { extractable: true })) as CryptoKey,
    );
    return issuer.token(owner, { key: Buffer.from(pem), header: { alg: 'HS256' } });
  },
  'with other claims': async () => {
    const [header, , signature] = (await issuer.token(owner)).split('.');
    return [header, text({ ...owner, sub: 'another', iss: issuer.issuer, aud: 'jobs' }), signature].join('.');
  },
  'with another algorithm in its header': async () => {
    const [, claims, signature] = (await issuer.token(owner)).split('.');
    return [text({ alg: 'none' }), claims, signature].join('.');
  },
  'of three words': async () => 'one.two.three',
};

test.each(Object.entries(forged))('hands nothing on of a token %s, and says why', async (_what, make) => {
  const { ofToken, log } = anInstance();
  expect(await ofToken(await make())).toEqual({ isAuthorized: true });
  expect(log.lines).toEqual([
    {
      level: 'info',
      message: 'token refused',
      fields: { reason: expect.stringMatching(/^(ERR_|another|no tenant)/) },
    },
  ]);
});

test.each([
  ['an API key', `Bearer ${writeApiKey(aKey())}`],
  ['nothing', ''],
  ['two headers as one', 'Bearer a.b.c, Bearer a.b.c'],
  ['another scheme', 'Basic a.b.c'],
])('leaves %s to the function, and asks nobody', async (_what, authorization) => {
  const { authorize, log } = anInstance();
  expect(await authorize(authorization)).toEqual({ isAuthorized: true });
  expect([issuer.asked, log.lines]).toEqual([[], []]);
});

describe('the keys of the issuer', () => {
  const token = () => issuer.token(owner);

  test('are asked for once', async () => {
    const { ofToken } = anInstance();
    const answers = await Promise.all([token(), token(), token()].map(async (each) => ofToken(await each)));
    expect(answers.filter(({ context }) => context)).toHaveLength(3);
    expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/keys']);
  });

  test.each([
    ['description', '/openid-configuration', 'the issuer answers 503 for its description'],
    ['keys', '/keys', 'Expected 200 OK'],
  ])('refuse nobody while the issuer has no %s, and are asked for again', async (_what, path, message) => {
    const { ofToken, log } = anInstance();
    issuer.failing = path;
    await expect(ofToken(await token())).rejects.toThrow(message);
    issuer.failing = undefined;
    expect((await ofToken(await token())).context).toBeDefined();
    expect(log.lines).toEqual([]);
  });
});
