import { beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { readStageOutputs } from '../../server/stage-outputs.ts';
import { readEnvironment } from '../../shared/aws/environment.ts';
import * as workerUses from '../../shared/aws/worker-uses.ts';
import { credentials, type MotoAws } from './deployed.ts';

const region = 'eu-west-1';
const image = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/job-worker:v1';

/** moto has ECS, EC2's networks and CloudWatch, but no scaling of services. */
export function describeDeployedServers(moto: MotoAws): void {
  beforeAll(async () => {
    const parameters = ['servers=fargate', `serversImage=${image}`].flatMap((each) => ['--param', each]);
    await moto.sls(['deploy', '--stage', 'dev', ...parameters], region);
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
      SERVER_QUEUE_URL: expect.stringMatching(/\/job-worker-dev-server$/),
      ORDERED_QUEUE_URL: expect.stringMatching(/\/job-worker-dev-ordered\.fifo$/),
      BUCKET_NAME: expect.stringMatching(/^job-worker-dev-bucket-/),
    });
  });

  test('has the outputs by which a server elsewhere finds the same queues and the same table', async () => {
    const environment = await readStageOutputs('dev', region);
    expect(readEnvironment(workerUses, environment)).toMatchObject({
      TABLE_NAME: 'job-worker-dev-jobs',
      SERVER_QUEUE_URL: expect.stringMatching(/\/job-worker-dev-server$/),
      BUCKET_NAME: expect.stringMatching(/^job-worker-dev-bucket-/),
      LEASE_SECONDS: 60,
    });
  });
}
