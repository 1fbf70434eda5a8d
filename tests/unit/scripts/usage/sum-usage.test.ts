import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type CloudWatchServer, JobLines, startCloudWatch } from '../../../../local/cloudwatch-server.ts';
import { credentials, region } from '../../../../local/local-aws.ts';
import { MetricRing } from '../../../../local/metric-ring.ts';
import { describeUsage, priceOfSearch, sumUsage } from '../../../../scripts/usage/sum-usage.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { projectDir } from '../../../project-copy.ts';
import { anId } from '../../../set-ups/samples.ts';

const lines = new JobLines();
const ended = {
  message: 'attempt ended',
  timestamp: new Date(t0).toISOString(),
  place: 'function',
  tenant: 'acme',
};
const gbSecond = 1_024_000;
for (const [number, line] of [
  { ...ended, type: 'small', mbMs: 3 * gbSecond },
  { ...ended, type: 'large', mbMs: 1_000 * gbSecond, tenant: 'other' },
  { ...ended, type: 'large', mbMs: 10_000 * gbSecond, place: 'process' },
  { ...ended, message: 'attempt started', type: 'small' },
].entries()) {
  const written = { ...line, jobId: anId(number) };
  lines.add(JSON.stringify(written), written);
}

test('the help has examples, also as jobctl prints it', async () => {
  const env = { ...process.env, JOBCTL_COMMAND: 'jobctl usage' };
  const { stdout } = await promisify(execFile)(process.execPath, ['scripts/usage.ts', '--help'], {
    cwd: projectDir,
    env,
  });
  expect(stdout).toContain('$ jobctl usage --stage prod --since 7d');
  expect(stdout).toContain('Prices: us-east-1, 20');
});

let server: CloudWatchServer;
let client: CloudWatchLogsClient;
beforeAll(async () => {
  server = await startCloudWatch({ lines, numbers: new MetricRing() }, []);
  client = new CloudWatchLogsClient({ endpoint: server.endpoint, region, credentials, maxAttempts: 1 });
});
afterAll(() => server.stop());

test('sums up attempts by type and by tenant, each place at its price, the dearest first', async () => {
  const { logGroupNames, maxUsd } = await priceOfSearch('job-worker-local', client);
  expect({ logGroupNames, maxUsd }).toEqual({
    logGroupNames: [
      '/aws/lambda/job-worker-local-worker',
      '/aws/lambda/job-worker-local-longWorker',
      '/ecs/job-worker-local-servers',
    ],
    maxUsd: 0,
  });
  const asked = { logGroupNames, since: t0 - 1, until: t0 + 1 };
  const byType = await sumUsage({ ...asked, by: 'type' }, client, async () => {});
  expect(byType).toEqual([
    { name: 'large', attempts: 2, gbSeconds: 11_000, usd: 0.0457084 },
    { name: 'small', attempts: 1, gbSeconds: 3, usd: 0.00004 },
  ]);
  const byTenant = await sumUsage({ ...asked, by: 'tenant' }, client, async () => {});
  expect(byTenant.map(({ name, attempts }) => ({ name, attempts }))).toEqual([
    { name: 'acme', attempts: 2 },
    { name: 'other', attempts: 1 },
  ]);
  expect(describeUsage(byType, 'type')).toBe(
    [
      'type      attempts      GB-seconds       about',
      'large            2       11000.000     $0.0457',
      'small            1           3.000     $0.0000',
      'in all                                 $0.0457',
    ].join('\n'),
  );
});
