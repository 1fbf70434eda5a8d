import { operators } from './guards.suite.ts';
import { manySettings } from './many-types.ts';
import { namedTables } from './named-tables.suite.ts';
import { orderedQueues } from './ordered-queues.suite.ts';
import { type Packaged, runPackageCommands } from './package-commands.ts';
import { stages } from './packaged.ts';
import { recurringCommands } from './recurring.suite.ts';
import { refusalCommands } from './refusals.suite.ts';
import { reservation } from './reservation.suite.ts';
import { serverParameters } from './servers.suite.ts';
import { vpc } from './vpc.suite.ts';

const tokens = { jwtIssuer: 'https://login.example.com/', jwtAudience: 'jobs, reports' };
const jwt = {
  auth: 'jwt',
  ...tokens,
  cors: 'https://a.example,http://localhost:5173',
  publicUrl: 'https://api.example.com/jobs',
  throttleRate: '7',
};
export const mail = { mailFrom: 'jobs@example.com' };
/** Who hears of alarms. */
export const listeners = {
  alarmMail: 'on-call@example.com',
  alarmWebhook: 'https://pager.example.com/sns?key=k',
};
/** Sets up the one type of the tests that needs it. */
const ofType = { reports: 'https://reports.example' };
/** What only this type may do. */
export const rightOfType = 'execute-api:Invoke';

/** Values of parameters that no other stage has, and that occur nowhere else in its template: others can be put in their place. */
/** Its template is checked with the other ways, too: canary.suite.ts. */
export const canary = '10percent5minutes';

export const marks = { logLevel: 'ERROR', logRetentionDays: '2557', serversCpu: '16384' };

/** Every kind of stage that a test asks for. One has parameters of several tests, if they do not touch each other. */
export const packageAll = (): Promise<Packaged> =>
  runPackageCommands({
    // The first one makes the bundles: it has each function.
    fargate: {
      stage: 'preview',
      parameters: { metrics: 'false', auth: 'apiKey,jwt', ...tokens, ...serverParameters },
    },
    ...Object.fromEntries(stages.map((stage) => [stage, { stage }])),
    own: {
      stage: 'preview',
      parameters: {
        servers: 'own',
        metricsByType: 'true',
        keepLogs: 'true',
        keepPayload: 'always',
        awsClients: 'sdk',
        ...listeners,
        ...ofType,
        ...jwt,
        ...vpc,
        ...reservation,
      },
    },
    iam: {
      stage: 'preview',
      parameters: {
        auth: 'iam',
        tenants: 'several',
        ...orderedQueues,
        ...serverParameters,
        ...ofType,
        ...mail,
        ...operators,
      },
    },
    marked: {
      stage: 'preview',
      parameters: { ...serverParameters, ...marks, serversMemory: '122880', canary, ...namedTables },
    },
    'many types': {
      stage: 'prod',
      manyTypes: true,
      parameters: { servers: 'own', ...manySettings },
    },
    ...refusalCommands,
    ...recurringCommands,
  });
