import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { startHealth } from '../../../server/health.ts';
import { ConfigError } from '../../../shared/job/errors.ts';

test('a server is live as long as it answers, and ready while it takes jobs', async () => {
  let isReady = true;
  const server = await startHealth({ port: 0, state: () => ({ isReady, running: 2 }) });
  const { port } = server.address() as AddressInfo;
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, body: await response.json() };
  };
  expect(await get('/ready')).toEqual({ status: 200, body: { ready: true, running: 2 } });
  isReady = false;
  expect(await get('/ready')).toEqual({ status: 503, body: { ready: false, running: 2 } });
  expect(await get('/live')).toEqual({ status: 200, body: { live: true } });
  expect(await get('/')).toMatchObject({ status: 404 });
  server.closeAllConnections();
  server.close();
});

test('a port that is taken is a mistake in the configuration, and is named', async () => {
  const state = () => ({ isReady: true });
  const server = await startHealth({ port: 0, state });
  const { port } = server.address() as AddressInfo;
  const second = startHealth({ port, state });
  await expect(second).rejects.toThrow(ConfigError);
  await expect(second).rejects.toThrow(`The health port ${port} cannot be listened on`);
  server.close();
});
