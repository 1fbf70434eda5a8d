import { afterAll, expect, test } from '@jest/globals';
import '../../shared/aws/clients/secrets-of-types.ts';
import { SecretValues, showEverywhere } from '../../shared/author/secret-values.ts';
import { settingsOf } from '../../shared/author/settings.ts';
import { defineUses, secret, secureString } from '../../shared/author/uses.ts';
import { SecretUnavailableError } from '../../shared/domain/base/errors.ts';
import { credentials, type MotoAws } from './deployed.ts';

const region = 'eu-west-2';
const uses = defineUses({ variables: { DB: secret('shop/prod/db'), KEY: secureString('/shop/prod/key') } });

/** What `settingsOf` reads for an adapter, from services that answer over the wire. */
export function describeSettings(moto: MotoAws): void {
  afterAll(showEverywhere);
  const environment = () => ({
    AWS_REGION: region,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: moto.endpoint,
    AWS_ENDPOINT_URL_SSM: moto.endpoint,
    DB: 'secretsmanager:shop/prod/db',
    KEY: 'ssm:/shop/prod/key',
  });

  /** There is no client of either service in this project. */
  async function call(service: string, target: string, input: object): Promise<void> {
    const scope = `${credentials.accessKeyId}/20260101/${region}/${service}/aws4_request`;
    const response = await fetch(moto.endpoint, {
      method: 'POST',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': target,
      },
      body: JSON.stringify(input),
    });
    expect(response.status).toBe(200);
  }
  const setDb = (action: 'CreateSecret' | 'PutSecretValue', text: string) =>
    call('secretsmanager', `secretsmanager.${action}`, {
      ...(action === 'CreateSecret' ? { Name: 'shop/prod/db' } : { SecretId: 'shop/prod/db' }),
      SecretString: text,
    });

  test('a secret that is not there fails the attempt with its name, and is asked for again', async () => {
    const { DB, KEY } = settingsOf(uses, environment());
    await expect(DB.read()).rejects.toThrow(SecretUnavailableError);
    await expect(DB.read()).rejects.toThrow(
      /^the secret secretsmanager:shop\/prod\/db could not be read: 40[04] ResourceNotFoundException$/,
    );
    await expect(KEY.read()).rejects.toThrow(
      /ssm:\/shop\/prod\/key could not be read: 40[04] ParameterNotFound$/,
    );
    await setDb('CreateSecret', 'postgres://app:hunter2@db/shop');
    expect(await DB.read()).toBe('postgres://app:hunter2@db/shop');
  });

  test('a secret is read once, and anew after it was forgotten', async () => {
    const { DB } = settingsOf(uses, environment());
    const before = await DB.read();
    await setDb('PutSecretValue', 'postgres://app:changed@db/shop');
    expect(await DB.read()).toBe(before);
    DB.forget();
    expect(await DB.read()).toBe('postgres://app:changed@db/shop');
  });

  test('an encrypted parameter is read in clear', async () => {
    const input = { Name: '/shop/prod/key', Value: 'a-key-of-the-shop', Type: 'SecureString' };
    await call('ssm', 'AmazonSSM.PutParameter', input);
    expect(await settingsOf(uses, environment()).KEY.read()).toBe('a-key-of-the-shop');
  });

  test('what was read is hidden in what a job logs, and in its errors', () => {
    const secrets = new SecretValues();
    expect(secrets.hide('connect to postgres://app:changed@db/shop failed')).toBe(
      'connect to [secret] failed',
    );
    const { message } = secrets.hideError(new Error('a-key-of-the-shop was refused'));
    expect(message).toBe('[secret] was refused');
  });

  test('a service that cannot be reached, or no secret at all, is said with the name alone', async () => {
    const unreachable = { ...environment(), AWS_ENDPOINT_URL_SSM: 'http://127.0.0.1:1' };
    await expect(settingsOf(uses, unreachable).KEY.read()).rejects.toThrow(
      /^the secret ssm:\/shop\/prod\/key/,
    );
    await expect(settingsOf(uses, {}).KEY.read()).rejects.toThrow(
      'the secret KEY has no value here. Set the variable KEY, and type `npm start` again',
    );
    const local = settingsOf(uses, { KEY: 'text:of this machine: it has a colon' });
    expect(await local.KEY.read()).toBe('of this machine: it has a colon');
  });
}
