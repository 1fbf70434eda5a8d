import { describe, expect, test } from '@jest/globals';
import { defaultParameters } from '../../../../infra/parameters/all.ts';
import type { StageParameters } from '../../../../infra/parameters/parameter.ts';
import { problemsOfServers, serverParameters } from '../../../../infra/parameters/servers.ts';
import { readTags } from '../../../../infra/parameters/tags.ts';
import { limitsOf } from '../../../../infra/parameters/tenants.ts';
import {
  problemsOfDeployment,
  problemsOfLocalRun,
  problemsOfParameters,
} from '../../../../infra/rights/problems-of-stage.ts';
import { parameter } from '../../../../shared/author/uses.ts';
import { limitNames, limits, readLimits, writeLimits } from '../../../../shared/domain/access/limits.ts';
import { aType } from '../rights/a-type.ts';

const fiftyTags = Array.from({ length: 50 }, (_, index) => `t${index}=`).join();
const jwt = { auth: 'jwt', jwtIssuer: 'https://login.example.com', jwtAudience: 'jobs' };
const both = { ...jwt, auth: 'apiKey,jwt' };

describe('stage parameters', () => {
  const good: StageParameters = {
    ...defaultParameters,
    auth: 'apiKey',
    jwtIssuer: '',
    publicUrl: '',
    alarmMail: 'on-call@example.com',
    logLevel: 'INFO',
    logRetentionDays: 90,
    canary: 'off',
    maximumConcurrency: 10,
    retentionDays: 30,
    mailFrom: '',
    servers: 'none',
    examples: 'false',
    tableDeletionPolicy: 'Retain',
    listShards: 1,
    orderedQueues: 4,
  };

  describe('parameters', () => {
    const notifying = { ...good, eventBus: 'default', mailFrom: 'jobs@example.com' };

    test.each([
      'event, https://a.example/b, ada@example.com',
      'https://hooks.example.com:8443',
      'ada@example.org',
    ])('notify may be %s', (notify) => {
      expect(problemsOfParameters({ ...notifying, notify })).toEqual([]);
    });

    test.each(['everybody', 'https://', 'ada@example', 'http://a.example', 'https://10.0.0.1'])(
      'notify may not be %s',
      (notify) => {
        expect(problemsOfParameters({ ...notifying, notify })).toHaveLength(1);
      },
    );

    test('notify may name what the stage has only if it has it', () => {
      expect(problemsOfParameters({ ...good, notify: 'event, ada@example.com' })).toEqual([
        'notify has {"event":true}: the stage has no event bus.',
        'notify has {"email":"ada@example.com"}: is no address that the stage sends mail to for you.',
      ]);
      const local = { ...good, notify: 'http://localhost:4000', webhookHosts: 'localhost' };
      expect(problemsOfParameters(local)).toEqual([]);
    });

    test('are good as serverless.yml has them, and as the command line gives them', () => {
      const texts = Object.fromEntries(Object.entries(good).map(([name, value]) => [name, String(value)]));
      expect(problemsOfParameters(good)).toEqual([]);
      expect(problemsOfParameters(texts)).toEqual([]);
    });

    test.each([
      ['auth', ['', 'apikey', 'open', 'jwt,apiKey', 'apiKey, jwt', 'apiKey,iam']],
      ['jwtIssuer', ['login.example.com', 'http://login.example.com']],
      ['otlpEndpoint', ['localhost:4318', 'ftp://a.example', 'https://a@b.example', 'https://a.example?b=c']],
      ['otlpHeaders', ['x-key=secret', 'text:x-key=secret', 'ssm:', 'vault:a']],
      ['traceRatio', ['', '1.5', '-1', '50 %', '.5']],
      ['jwtTenantClaim', ['', ' ']],
      [
        'cors',
        ['a.example', 'https://a.example/', 'https://a.example,https://b.example/path', 'ftp://a.example'],
      ],
      [
        'publicUrl',
        [
          'api.example.com',
          'http://api.example.com',
          'https://api.example.com/',
          'https://api.example.com/v1/',
          'https://API.example.com',
          'https://a@api.example.com',
          'https://api.example.com?a=b',
          'https://api.example.com/a"b',
          'https://api.example.com/a/../b',
        ],
      ],
      ['webhookHosts', ['https://a.example', 'a.example/path', 'A.example', 'a.example:', 'a b']],
      ['eventBus', ['arn:aws:events:eu-central-1:1:event-bus/x', 'a bus', 'x'.repeat(257)]],
      ['throttleRate', [0, -1, 1.5, 'fast', '']],
      ['throttleBurst', [0]],
      ['logLevel', ['info', 'TRACE']],
      ['logRetentionDays', [0, 2, 100]],
      ['maximumConcurrency', [1, 1001]],
      ['notifyConcurrency', [1, 1001]],
      ['admissionConcurrency', [1, 1001]],
      ['waitReserved', [0, '', 'all']],
      ['waitSeconds', [-1, 26, '']],
      ['awsClients', ['', 'SDK', 'none']],
      ['listShards', [0, 65, 1.5, '']],
      ['orderedQueues', [0, 9, 1.5, '']],
      ['retentionDays', [14]],
      ['keepChildrenDays', [14, '20.5']],
      ['leaseSeconds', [1]],
      ['longWorkerTimeout', [0, 901]],
      ['tableDeletionPolicy', ['retain', 'Snapshot', 'RetainExceptOnCreate']],
      ['tags', ['team', '=shop', 'aws:team=shop', 'a=1,a=2', 'a=b;c', `a=${'x'.repeat(257)}`, fiftyTags]],
      ['permissionsBoundary', ['boundary', 'arn:aws:iam::1:policy/b', 'arn:aws:iam::123456789012:role/b']],
      ['jobTable', ['jo', 'job worker', 'jobs/of/then']],
      ['accessTable', ['a', 'keys;', 'x'.repeat(256)]],
      ['operatorRole', ['operators', 'arn:aws:iam::123456789012:user/jane', 'arn:aws:iam::1:role/r']],
      ['watch', ['on', 'CORE', false]],
      ['canary', ['on', '10percent', '10percentEvery10minutes', false]],
      ['alarmMail', ['example.com', 'a@example.com,b@example.com']],
      ['alarmWebhook', ['http://pager.example.com', 'pager.example.com', 'https://']],
      ['mailFrom', ['example.com', 'Jobs <jobs@example.com>', 'a@example.com,b@example.com']],
      ['vpcSubnets', ['sg-0a1b', 'subnet-0a1b;subnet-2c3d']],
      ['vpcSecurityGroups', ['default']],
    ] as const)('%s is named with a remedy if it is wrong or missing', (name, values) => {
      for (const value of values) {
        const problems = problemsOfParameters({ ...good, [name]: value });
        expect(problems).toContainEqual(expect.stringContaining(`${name} is "${value}". Use `));
      }
      const { [name]: _missing, ...others } = good;
      expect(problemsOfParameters(others)).toContainEqual(
        expect.stringContaining(`${name} is missing. Use `),
      );
    });

    test('the second word of a removal is refused in a deployment', () => {
      expect(problemsOfParameters({ ...good, really: 'prod' })).toEqual([
        'really is of `sls remove` alone. Leave it out.',
      ]);
    });

    test.each(limitNames)('%s is a number or none, and need not be there', (name) => {
      const { highest } = limits[name];
      for (const value of [undefined, 'none', 1, highest])
        expect(problemsOfParameters({ ...good, [name]: value })).toEqual([]);
      for (const value of [0, highest + 1, 1.5, 'no', ''])
        expect(problemsOfParameters({ ...good, [name]: value })).toContainEqual(
          `${name} is "${value}". Use a whole number, 1 to ${highest}; or none.`,
        );
    });

    test('tenants are one or several', () => {
      for (const tenants of ['one', 'several'])
        expect(problemsOfParameters({ ...good, tenants })).toEqual([]);
      for (const tenants of [2, 'many', ''])
        expect(problemsOfParameters({ ...good, tenants })).toEqual([
          `tenants is "${tenants}". Use one or several.`,
        ]);
    });

    test.each([
      [{}, {}],
      [{ tenants: 'several' }, { writesPerSecond: 250, logSearchesPerHour: 60 }],
      [
        { tenants: 'several', throttleRate: 9 },
        { writesPerSecond: 4, logSearchesPerHour: 60 },
      ],
      [
        { tenants: 'several', throttleRate: '1' },
        { writesPerSecond: 1, logSearchesPerHour: 60 },
      ],
      [
        { tenants: 'several', throttleRate: 10_000_000 },
        { writesPerSecond: 10_000, logSearchesPerHour: 60 },
      ],
      [{ tenants: 'several', writesPerSecond: 'none', logSearchesPerHour: 5 }, { logSearchesPerHour: 5 }],
      [{ writesPerSecond: 7 }, { writesPerSecond: 7 }],
    ])('of a stage that says %j each tenant has the limits %j', (said, limited) => {
      const written = writeLimits(limitsOf({ ...good, throttleRate: 500, ...said }));
      expect(readLimits(written)).toEqual(limited);
    });

    test.each(['', 'https://jobs.example.com', 'https://api.example.com:8443/jobs/v1'])(
      'publicUrl may be %j',
      (publicUrl) => {
        expect(problemsOfParameters({ ...good, publicUrl })).toEqual([]);
      },
    );

    test.each(['*', 'https://a.example', 'http://localhost:5173, https://a.example:8443'])(
      'cors may be %s',
      (cors) => {
        expect(problemsOfParameters({ ...good, cors })).toEqual([]);
      },
    );

    test.each([
      ['team=shop, cost-center = 7 b', { team: 'shop', 'cost-center': '7 b' }],
      ['a=b=c,empty=', { a: 'b=c', empty: '' }],
      ['', {}],
    ])('tags may be %j', (tags, expected) => {
      expect(problemsOfParameters({ ...good, tags })).toEqual([]);
      expect(readTags(tags)).toEqual(expected);
    });

    test.each([
      'arn:aws:iam::123456789012:policy/team/boundary',
      'arn:aws-cn:iam::aws:policy/PowerUserAccess',
    ])('a permissions boundary may be %s', (permissionsBoundary) => {
      expect(problemsOfParameters({ ...good, permissionsBoundary })).toEqual([]);
    });

    test('a heartbeat is at most half the lease', () => {
      expect(problemsOfParameters({ ...good, heartbeatSeconds: 30 })).toEqual([]);
      expect(problemsOfParameters({ ...good, heartbeatSeconds: 31 })).toEqual([
        expect.stringMatching(/^heartbeatSeconds is 31, more than half of leaseSeconds \(60\)/),
      ]);
    });

    test('a name that is no parameter is reported', () => {
      expect(problemsOfParameters({ ...good, logLevl: 'INFO' })).toEqual([
        expect.stringMatching(/^logLevl is not a parameter/),
      ]);
    });
  });

  describe('a deployment', () => {
    test.each([{ auth: 'apiKey' }, { auth: 'iam' }, jwt, both])('with %j is not stopped', (parameters) => {
      expect(problemsOfDeployment('prod', { ...good, ...parameters })).toEqual([]);
    });

    test('is stopped if it would be open, whatever the stage', () => {
      for (const stage of ['prod', 'local'])
        expect(problemsOfDeployment(stage, { ...good, auth: 'none' })).toContainEqual(
          expect.stringMatching(/^auth is none/),
        );
    });

    test('is stopped if the stage is that of this machine', () => {
      expect(problemsOfDeployment('local', good)).toEqual([expect.stringMatching(/^The stage local is for/)]);
    });

    test.each(['jwtIssuer', 'jwtAudience'])('with tokens is stopped without %s', (name) => {
      for (const tokens of [jwt, both])
        expect(problemsOfDeployment('prod', { ...good, ...tokens, [name]: ' , ' })).toEqual([
          expect.stringMatching(new RegExp(`^${name} is empty, and auth is ${tokens.auth}\\.`)),
        ]);
    });

    test('is stopped if another stage might have the table that it names', () => {
      const jobTable = 'job-worker-prod-jobs-20261125T1015';
      expect(problemsOfDeployment('prod', { ...good, jobTable })).toEqual([]);
      expect(problemsOfDeployment('dev', { ...good, jobTable, accessTable: 'keys' })).toEqual([
        `jobTable is ${jobTable}, whose name does not begin with job-worker-dev-: no two stages share a table.`,
        'accessTable is keys, whose name does not begin with job-worker-dev-: no two stages share a table.',
      ]);
    });

    test('is stopped if the issuer is on the machine that deploys', () => {
      for (const jwtIssuer of ['http://127.0.0.1:8080/', 'http://localhost']) {
        const parameters = { ...good, ...both, jwtIssuer };
        expect(problemsOfParameters(parameters)).toEqual([]);
        expect(problemsOfDeployment('prod', parameters)).toEqual([
          expect.stringContaining('which AWS cannot reach'),
        ]);
      }
    });
  });

  test('on this machine runs apiKey or none, and tokens beside keys with an issuer', () => {
    expect(problemsOfLocalRun({ ...good, ...both, jwtIssuer: 'http://127.0.0.1:8080/' })).toEqual([]);
    expect(problemsOfLocalRun({ ...good, auth: 'apiKey,jwt' })).toHaveLength(2);
    expect(problemsOfLocalRun({ ...good, auth: 'none' })).toEqual([]);
    expect(problemsOfLocalRun(good)).toEqual([]);
    for (const auth of ['jwt', 'iam'])
      expect(problemsOfLocalRun({ ...good, auth })).toEqual([
        expect.stringContaining(`auth is ${auth}, which`),
      ]);
  });

  test('subnets and security groups are good together, or not at all', () => {
    const vpc = { vpcSubnets: 'subnet-0a1b, subnet-2c3d', vpcSecurityGroups: 'sg-0a1b' };
    expect(problemsOfParameters({ ...good, ...vpc })).toEqual([]);
    expect(problemsOfParameters({ ...good, vpcSubnets: vpc.vpcSubnets })).toEqual([
      'vpcSubnets and vpcSecurityGroups belong together. Set both, or none of them.',
    ]);
  });

  describe('the parameters of a job type', () => {
    const types = [
      aType({
        ORDERS: parameter('ordersTable', { pattern: /^[a-z]+$/, use: 'a name' }),
        KEY: parameter('key'),
      }),
    ];

    test('may be set together, or not at all', () => {
      expect(problemsOfParameters({ ...good, ordersTable: 'orders', key: 'k' }, types)).toEqual([]);
      expect(problemsOfParameters({ ...good, ordersTable: '', key: '' }, types)).toEqual([]);
      expect(problemsOfParameters({ ...good, ordersTable: 'orders', key: '' }, types)).toEqual([
        'key is empty. Set ordersTable and key, or none of them.',
      ]);
    });

    test('are named with a remedy if they are wrong', () => {
      expect(problemsOfParameters({ ...good, ordersTable: 'Orders', key: 'k' }, types)).toEqual([
        'ordersTable is "Orders". Use a name; or nothing.',
      ]);
    });

    test('may be one of the engine, whose rule stays', () => {
      const reader = [aType({ LEASE: parameter('leaseSeconds') })];
      expect(problemsOfParameters({ ...good, leaseSeconds: 'long' }, reader)).toEqual([
        'leaseSeconds is "long". Use a whole number, at least 2.',
      ]);
    });
  });
});

const image = '123456789012.dkr.ecr.eu-central-1.amazonaws.com/job-worker:v1';

describe('server parameters', () => {
  const good = { servers: 'fargate', serversImage: image, serversCpu: 1024, serversMemory: 2048 };

  describe('the image of servers', () => {
    test.each([
      image,
      '123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/job-worker:2026-11-26_ab12',
      `public.ecr.aws/a1b2c3/job-worker@sha256:${'0'.repeat(64)}`,
      'registry.example.com:5000/job-worker:latest-arm64',
      '',
    ])('may be "%s"', (text) => {
      expect(serverParameters.serversImage?.accepts(text)).toBe(true);
    });

    test.each([
      '123456789012.dkr.ecr.eu-central-1.amazonaws.com/job-worker',
      '123456789012.dkr.ecr.eu-central-1.amazonaws.com/job-worker:latest',
      'job-worker@sha256:12',
      'registry.example.com/job worker:v1',
      'https://registry.example.com/job-worker:v1',
    ])('may not be %s: a deployment must know a new image by its text', (text) => {
      expect(serverParameters.serversImage?.accepts(text)).toBe(false);
    });
  });

  describe('servers on Fargate', () => {
    test('need an image', () => {
      expect(problemsOfServers({ ...good, serversImage: '' })).toEqual([
        `serversImage is empty, and servers is fargate. Use an image with a tag of its own, such as ${image}.`,
      ]);
    });

    test('are meant where there is an image', () => {
      for (const servers of ['own', 'none'])
        expect(problemsOfServers({ ...good, servers })).toEqual([
          `serversImage is set, and servers is ${servers}. Use servers=fargate, or no image.`,
        ]);
    });

    test.each([
      [256, 512],
      [1024, 8192],
      [4096, 30_720],
      [8192, 20_480],
      ['16384', '122880'],
    ])('may have %s units of CPU with %s MB', (serversCpu, serversMemory) => {
      expect(problemsOfServers({ ...good, serversCpu, serversMemory })).toEqual([]);
    });

    test.each([
      [256, 4096, '512, 1024 or 2048'],
      [1024, 1024, '2048, 3072, 4096, 5120, 6144, 7168 or 8192'],
      [8192, 17_408, '16384, 20480, 24576, .* or 61440'],
    ])(
      'may not have %s units of CPU with %s MB, and are told what fits',
      (serversCpu, serversMemory, fit) => {
        expect(problemsOfServers({ ...good, serversCpu, serversMemory })).toEqual([
          expect.stringMatching(
            `^serversMemory is ${serversMemory}, which Fargate does not have for a serversCpu of ${serversCpu}. Use ${fit}\\.$`,
          ),
        ]);
      },
    );

    test.each(['none', 'own'])('are not asked for with %s', (servers) => {
      expect(problemsOfServers({ ...good, servers, serversImage: '', serversMemory: 1 })).toEqual([]);
    });
  });
});
