import { expect, test } from '@jest/globals';
import { createClient } from '../../../../client/src/create-client.ts';
import { aJob, byGateway, id, json, scriptedApi, stage } from './scripted-api.ts';

test('an API key is a bearer token', async () => {
  const { client, headersNamed } = scriptedApi([json(200, aJob())], { key: 'sjw_1' });
  await client.get(id);
  expect(headersNamed('authorization')).toEqual(['Bearer sjw_1']);
});

test('a token is asked for before each try, since it may have expired', async () => {
  let asked = 0;
  const token = async () => `t${++asked}`;
  const { client, headersNamed } = scriptedApi([byGateway(503), json(200, aJob())], { token });
  await client.get(id);
  expect(headersNamed('authorization')).toEqual(['Bearer t1', 'Bearer t2']);
});

test('a signer gets the request as it is sent', async () => {
  const sign = async (request: Request) => {
    request.headers.set('x-signed', `${request.method} ${request.url} ${await request.clone().text()}`);
    return request;
  };
  const { client, headersNamed } = scriptedApi([json(202, aJob())], { sign });
  await client.submit('countdown', { seconds: 1 });
  expect(headersNamed('x-signed')).toEqual([
    `POST ${stage}/jobs {"type":"countdown","payload":{"seconds":1}}`,
  ]);
});

test('what a token function throws reaches the caller, and nothing is sent', async () => {
  const error = new Error('signed out');
  const token = () => {
    throw error;
  };
  const { client, sent } = scriptedApi([], { token });
  await expect(client.get(id)).rejects.toBe(error);
  await expect(client.submitAll([{ type: 'countdown', payload: {} }])).rejects.toBe(error);
  expect(sent).toEqual([]);
});

test('two credentials are a mistake', () => {
  expect(() => createClient({ url: stage, key: 'a', token: 'b' })).toThrow(TypeError);
});

test('no redirect is followed with a credential', async () => {
  const { client, sent } = scriptedApi([json(200, aJob())], { key: 'sjw_1' });
  await client.get(id);
  expect(sent[0]?.request).toMatchObject({ redirect: 'manual', credentials: 'omit' });
});
