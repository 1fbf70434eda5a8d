import * as z from 'zod/mini';
import type { Kind } from './template.ts';

const kind = <Properties>(type: string, properties: z.ZodMiniType<Properties>): Kind<Properties> => ({
  type,
  properties,
});
const ref = z.object({ Ref: z.string() });

export const api = kind(
  'AWS::ApiGatewayV2::Api',
  z.object({ Name: z.string(), CorsConfiguration: z.optional(z.looseObject({})) }),
);

const throttling = z.strictObject({ ThrottlingRateLimit: z.number(), ThrottlingBurstLimit: z.number() });
export const apiStage = kind(
  'AWS::ApiGatewayV2::Stage',
  z.object({
    StageName: z.string(),
    DefaultRouteSettings: throttling,
    RouteSettings: z.record(z.string(), throttling),
    AccessLogSettings: z.object({
      DestinationArn: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }),
      Format: z.string(),
    }),
  }),
);

export const authorizer = kind(
  'AWS::ApiGatewayV2::Authorizer',
  z.looseObject({ AuthorizerType: z.string() }),
);

const policyDocument = z.object({
  Statement: z.array(
    z.looseObject({ Effect: z.string(), Principal: z.unknown(), Action: z.string(), Resource: z.unknown() }),
  ),
});
export const queuePolicy = kind(
  'AWS::SQS::QueuePolicy',
  z.object({ Queues: z.array(ref), PolicyDocument: policyDocument }),
);
export const topicPolicy = kind(
  'AWS::SNS::TopicPolicy',
  z.object({ Topics: z.array(ref), PolicyDocument: policyDocument }),
);
export const bucketPolicy = kind(
  'AWS::S3::BucketPolicy',
  z.object({ Bucket: ref, PolicyDocument: z.object({ Statement: z.array(z.looseObject({})) }) }),
);
export const bucket = kind(
  'AWS::S3::Bucket',
  z.looseObject({
    LifecycleConfiguration: z._default(z.object({ Rules: z.array(z.looseObject({ Id: z.string() })) }), {
      Rules: [],
    }),
    CorsConfiguration: z.optional(z.looseObject({})),
  }),
);
export const topic = kind('AWS::SNS::Topic', z.object({ TopicName: z.string() }));
