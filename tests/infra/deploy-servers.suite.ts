import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { makeServiceRole } from '../../infra/deployed/service-role.ts';
import { readStageOutputs } from '../../server/stage-outputs.ts';
import { readEnvironment } from '../../shared/aws/uses/environment.ts';
import * as serverUses from '../../shared/aws/uses/server-uses.ts';
import { credentials, type MotoAws } from './deployed.ts';

const region = 'eu-west-1';
const image = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/job-worker:v1';

/** moto has ECS, EC2's networks and CloudWatch, but no scaling of services. */
export function describeDeployedServers(moto: MotoAws): void {
  const jwt = ['auth=jwt', 'jwtAudience=jobs'];
  const deploy = (parameters: readonly string[], environment = {}) => {
    const given = parameters.flatMap((each) => ['--param', each]);
    return moto.sls(['deploy', '--stage', 'dev', ...given], region, environment);
  };
  const servers = ['servers=fargate', `serversImage=${image}`];
  let printed = '';
  beforeAll(async () => {
    const silent = 'jwtIssuer=https://127.0.0.1:1';
    printed = await deploy([...servers, ...jwt, silent, 'tags=team=shop,cost-center=7']);
  });

  test('has said of an issuer of tokens that it does not answer', () => {
    expect(printed).toMatch(/jwtIssuer: https:\/\/127\.0\.0\.1:1\/\.well-known\/.* did not answer: /);
  });

  test('has made the role of ECS in the account, and takes one that is there', async () => {
    expect(printed).not.toContain('the role of ECS could not be made');
    const iam = new IAMClient({ endpoint: moto.endpoint, region, credentials });
    try {
      const PathPrefix = '/aws-service-role/ecs.amazonaws.com/';
      expect((await iam.send(new ListRolesCommand({ PathPrefix }))).Roles).toHaveLength(1);
      const config = { endpoint: moto.endpoint, region, credentials };
      expect(await makeServiceRole(config)).toBeUndefined();
    } finally {
      iam.destroy();
    }
  });

  test('has the tags of the stage on its stack, which CloudFormation gives to everything in it', async () => {
    const cloudFormation = new CloudFormationClient({ endpoint: moto.endpoint, region, credentials });
    try {
      const { Stacks } = await cloudFormation.send(
        new DescribeStacksCommand({ StackName: 'job-worker-dev' }),
      );
      expect(Stacks?.[0]?.Tags).toEqual(
        expect.arrayContaining([
          { Key: 'STAGE', Value: 'dev' },
          { Key: 'team', Value: 'shop' },
          { Key: 'cost-center', Value: '7' },
        ]),
      );
    } finally {
      cloudFormation.destroy();
    }
  });

  test('is not deployed with an issuer that calls itself otherwise', async () => {
    const issuer = await anIssuer({
      issuer: 'https://login.example.com',
      jwks_uri: 'https://login.example.com/keys',
    });
    try {
      // Its certificate is its own.
      const trusting = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
      await expect(deploy([...jwt, `jwtIssuer=${issuer.address}`], trusting)).rejects.toMatchObject({
        stdout: expect.stringContaining(
          `- jwtIssuer is ${issuer.address}, and the issuer calls itself https://login.example.com.`,
        ),
      });
    } finally {
      issuer.close();
    }
  });

  /** There is no client of ECS in this project. */
  async function ecs<Answer>(action: string, input: object, schema: z.ZodMiniType<Answer>): Promise<Answer> {
    const scope = `${credentials.accessKeyId}/20260101/${region}/ecs/aws4_request`;
    const response = await fetch(moto.endpoint, {
      method: 'POST',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AmazonEC2ContainerServiceV20141113.${action}`,
      },
      body: JSON.stringify(input),
    });
    return schema.parse(await response.json());
  }

  test('creates a service of tasks whose environment names the queues and the table of the stage', async () => {
    const { services } = await ecs(
      'DescribeServices',
      { cluster: 'job-worker-dev', services: ['job-worker-dev-servers'] },
      z.object({ services: z.tuple([z.object({ taskDefinition: z.string(), status: z.string() })]) }),
    );
    expect(services[0].status).toBe('ACTIVE');
    const { taskDefinition } = await ecs(
      'DescribeTaskDefinition',
      { taskDefinition: services[0].taskDefinition },
      z.object({
        taskDefinition: z.object({
          containerDefinitions: z.tuple([
            z.looseObject({
              image: z.string(),
              environment: z.array(z.object({ name: z.string(), value: z.string() })),
            }),
          ]),
        }),
      }),
    );
    const [container] = taskDefinition.containerDefinitions;
    expect(container.image).toBe(image);
    const environment = Object.fromEntries(container.environment.map(({ name, value }) => [name, value]));
    expect(environment).toMatchObject({
      QUEUES: 'server',
      AWS_REGION: region,
      TABLE_NAME: 'job-worker-dev-jobs',
      STANDARD_QUEUE_URL: expect.stringMatching(/\/job-worker-dev-standard$/),
      BUCKET_NAME: expect.stringMatching(/^job-worker-dev-bucket-/),
    });
    expect(readEnvironment(serverUses, environment)).toMatchObject({
      SERVER_QUEUE_URL: expect.stringMatching(/\/job-worker-dev-server$/),
      ORDERED_QUEUE_URL: expect.stringMatching(/\/job-worker-dev-ordered\.fifo$/),
    });
  });

  test('has the outputs by which a server elsewhere finds the same queues and the same table', async () => {
    const environment = await readStageOutputs('dev', region);
    expect(readEnvironment(serverUses, environment)).toMatchObject({
      TABLE_NAME: 'job-worker-dev-jobs',
      SERVER_QUEUE_URL: expect.stringMatching(/\/job-worker-dev-server$/),
      BUCKET_NAME: expect.stringMatching(/^job-worker-dev-bucket-/),
      LEASE_SECONDS: 60,
    });
  });
}

/** An issuer of tokens on this machine that describes itself like this. */
async function anIssuer(description: object) {
  const folder = await mkdtemp(join(tmpdir(), 'issuer-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=127.0.0.1'];
  await promisify(execFile)('openssl', [...request, '-keyout', keyFile, '-out', certFile]);
  const [key, cert] = [await readFile(keyFile), await readFile(certFile)];
  await rm(folder, { recursive: true });
  const server = createServer({ key, cert }, (_, response) => response.end(JSON.stringify(description)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { address: `https://127.0.0.1:${port}`, close: () => server.close() };
}
