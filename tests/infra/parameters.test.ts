import { describe, expect, test } from '@jest/globals';
import { describeIam, describeJwt } from './access.suite.ts';
import { describeMail } from './mail.suite.ts';
import { describeOwnServers } from './own-servers.suite.ts';
import { packageStage } from './packaged.ts';
import { describeServers, serverParameters } from './servers.suite.ts';

const jwt = {
  auth: 'jwt',
  jwtIssuer: 'https://login.example.com/',
  jwtAudience: 'jobs, reports',
  cors: 'https://a.example,http://localhost:5173',
  throttleRate: '7',
};
const mail = { mailFrom: 'jobs@example.com', mailTo: 'acme=example.com,*=example.org' };
const emr = { emrApplication: '00f5abc123def456', emrRole: 'arn:aws:iam::123456789012:role/emr' };
const transcodeQueue = 'arn:aws:mediaconvert:eu-central-1:123456789012:queues/transcode';
const transcode = { transcodeRole: 'arn:aws:iam::123456789012:role/transcode', transcodeQueue };

// To package takes long, so a stage has parameters of several tests, if they do not touch each other.
const [own, fargate, iam] = await Promise.all(
  [
    { servers: 'own', ...emr, ...jwt },
    serverParameters,
    { auth: 'iam', ...serverParameters, ...transcode, ...mail },
  ].map(async (parameters) => (await packageStage('preview', parameters)).template),
);
if (!own || !fargate || !iam) throw new Error('a stage was not packaged');

describe('a stage with auth=jwt', () => describeJwt(own));
describe('a stage with auth=iam', () => describeIam(iam));
describe('a stage that sends mail', () => describeMail(iam, mail));
describe('a stage with servers=own', () => describeOwnServers(own));
describe('a stage with servers=fargate', () => describeServers(fargate));

test('the tasks have the services that a stage has set up', () => {
  const found = (template: typeof iam) =>
    JSON.stringify(template.resources.ServersTaskRole).includes(transcodeQueue);
  expect([iam, fargate].map(found)).toEqual([true, false]);
});
