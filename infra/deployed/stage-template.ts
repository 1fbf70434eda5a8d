import * as z from 'zod/mini';

const lambdaFunction = z.object({
  ReservedConcurrentExecutions: z.optional(z.number()),
  Environment: z.optional(z.object({ Variables: z.optional(z.record(z.string(), z.unknown())) })),
});
const mapping = z.object({ ScalingConfig: z.optional(z.object({ MaximumConcurrency: z.number() })) });
const bucket = z.object({
  LifecycleConfiguration: z.object({
    Rules: z.array(
      z.object({ Prefix: z.optional(z.string()), ExpirationInDays: z.optional(z.coerce.number()) }),
    ),
  }),
});
const template = z.object({
  Metadata: z.optional(z.object({ JobTypes: z.optional(z.array(z.string())) })),
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.optional(z.unknown()) })),
});

/** What a template says of its stage, as far as the next deployment is compared with it. */
export interface StageTemplate {
  /** The variables of the functions that are plain texts. */
  readonly variables: Readonly<Record<string, string>>;
  /** After how many days S3 deletes what begins with a prefix. */
  readonly expiry: Readonly<Record<string, number>>;
  /** How many invocations at a time are kept for functions, all together. */
  readonly reserved: number;
  /** How many all queues may take. */
  readonly maxima: number;
  /** Absent in templates of before. */
  readonly jobTypes?: readonly string[];
}

const sumOf = (values: readonly (number | undefined)[]): number =>
  values.reduce((sum: number, each = 0) => sum + each, 0);

/** Reads a compiled template. */
export function stageTemplateIn(content: unknown): StageTemplate {
  const { Metadata, Resources } = template.parse(content);
  const propertiesOf = (type: string): readonly unknown[] =>
    Object.values(Resources).flatMap((each) => (each.Type === type ? [each.Properties] : []));
  const functions = propertiesOf('AWS::Lambda::Function').map((each) => lambdaFunction.parse(each ?? {}));
  const texts = functions.flatMap(({ Environment }) =>
    Object.entries(Environment?.Variables ?? {}).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value] as const] : [],
    ),
  );
  const mappings = propertiesOf('AWS::Lambda::EventSourceMapping').map((each) => mapping.parse(each ?? {}));
  const rules = propertiesOf('AWS::S3::Bucket').flatMap(
    (properties) => bucket.safeParse(properties).data?.LifecycleConfiguration.Rules ?? [],
  );
  const expiry = rules.flatMap(({ Prefix, ExpirationInDays }) =>
    Prefix === undefined || ExpirationInDays === undefined ? [] : [[Prefix, ExpirationInDays] as const],
  );
  return {
    variables: Object.fromEntries(texts),
    expiry: Object.fromEntries(expiry),
    reserved: sumOf(functions.map((each) => each.ReservedConcurrentExecutions)),
    maxima: sumOf(mappings.map((each) => each.ScalingConfig?.MaximumConcurrency)),
    ...(Metadata?.JobTypes ? { jobTypes: Metadata.JobTypes } : {}),
  };
}
