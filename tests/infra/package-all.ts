import { type Packaged, runPackageCommands } from './package-commands.ts';
import { stages } from './packaged.ts';
import { recurringCommands } from './recurring.suite.ts';
import { refusalCommands } from './refusals.suite.ts';
import { serverParameters } from './servers.suite.ts';

const jwt = {
  auth: 'jwt',
  jwtIssuer: 'https://login.example.com/',
  jwtAudience: 'jobs, reports',
  cors: 'https://a.example,http://localhost:5173',
  throttleRate: '7',
};
export const mail = { mailFrom: 'jobs@example.com', mailTo: 'acme=example.com,*=example.org' };
const emr = { emrApplication: '00f5abc123def456', emrRole: 'arn:aws:iam::123456789012:role/emr' };
export const transcodeQueue = 'arn:aws:mediaconvert:eu-central-1:123456789012:queues/transcode';
const transcode = { transcodeRole: 'arn:aws:iam::123456789012:role/transcode', transcodeQueue };

/** Every kind of stage that a test asks for. One has parameters of several tests, if they do not touch each other. */
export const packageAll = (): Promise<Packaged> =>
  runPackageCommands({
    ...Object.fromEntries(stages.map((stage) => [stage, { stage }])),
    own: { stage: 'preview', parameters: { servers: 'own', ...emr, ...jwt } },
    fargate: { stage: 'preview', parameters: serverParameters },
    iam: { stage: 'preview', parameters: { auth: 'iam', ...serverParameters, ...transcode, ...mail } },
    ...refusalCommands,
    ...recurringCommands,
  });
