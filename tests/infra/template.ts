import * as z from 'zod/mini';

const resourceSchema = z.object({
  Type: z.string(),
  Properties: z.optional(z.unknown()),
  DependsOn: z.optional(z.union([z.string(), z.array(z.string())])),
  DeletionPolicy: z.optional(z.string()),
  UpdateReplacePolicy: z.optional(z.string()),
  UpdatePolicy: z.optional(z.unknown()),
});

const templateSchema = z.object({
  Resources: z.record(z.string(), resourceSchema),
  Outputs: z.record(z.string(), z.unknown()),
});

const ofQueue = z.looseObject({ QueueName: z.string() });

/** A type of resources, with the schema of its properties. */
export interface Kind<Properties> {
  readonly type: string;
  readonly properties: z.ZodMiniType<Properties>;
}

/** As a function's environment has it. */
type Value = string | { readonly Ref: string } | { readonly 'Fn::GetAtt': readonly [string, 'Arn'] };

/** A `Ref` to such a resource is its name. */
const namedByRef = ['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::Scheduler::ScheduleGroup'];

/** A compiled CloudFormation template. */
export class Template {
  readonly #content: z.infer<typeof templateSchema>;
  /** Tests ask thousands of times for those of a type. */
  readonly #byType: Partial<Record<string, [id: string, resource: z.infer<typeof resourceSchema>][]>>;
  /** As CloudFormation gets it. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
    this.#content = templateSchema.parse(JSON.parse(text));
    this.#byType = Object.groupBy(Object.entries(this.resources), ([, { Type }]) => Type);
  }

  get resources(): Readonly<Record<string, z.infer<typeof resourceSchema>>> {
    return this.#content.Resources;
  }

  get outputs(): Readonly<Record<string, unknown>> {
    return this.#content.Outputs;
  }

  /** The properties of all resources of a kind, by logical id. */
  all<Properties>({ type, properties }: Kind<Properties>): ReadonlyMap<string, Properties> {
    const ofKind = this.#byType[type] ?? [];
    return new Map(ofKind.map(([id, resource]) => [id, properties.parse(resource.Properties)]));
  }

  /** The properties of one resource. @throws if the kind has no such resource */
  one<Properties>(id: string, kind: Kind<Properties>): Properties {
    const properties = this.all(kind).get(id);
    if (properties === undefined) throw new Error(`The template has no ${kind.type} ${id}.`);
    return properties;
  }

  /** A value like the one that CloudFormation puts in place of a reference. */
  resolve(value: Value): string {
    if (typeof value === 'string') return value;
    if ('Fn::GetAtt' in value) return this.#arnOf(value['Fn::GetAtt'][0]);
    const type = this.resources[value.Ref]?.Type;
    if (value.Ref === 'AWS::StackName') return 'job-worker-stage';
    if (value.Ref === 'HttpApi') return 'an-api';
    if (type === 'AWS::SNS::Topic') return `arn:aws:sns:eu-central-1:000000000000:${value.Ref}`;
    if (type === 'AWS::SQS::Queue') {
      const { QueueName } = ofQueue.parse(this.resources[value.Ref]?.Properties);
      return `https://sqs.eu-central-1.amazonaws.com/000000000000/${QueueName}`;
    }
    if (type !== undefined && namedByRef.includes(type)) return value.Ref;
    throw new Error(`${value.Ref} is no queue, no topic, and not what has its name as its reference.`);
  }

  #arnOf(id: string): string {
    const type = this.resources[id]?.Type;
    if (type === 'AWS::SQS::Queue') return `arn:aws:sqs:eu-central-1:000000000000:${id}`;
    if (type === 'AWS::IAM::Role') return `arn:aws:iam::000000000000:role/${id}`;
    throw new Error(`${id} is neither a queue nor a role.`);
  }

  /** Every logical id and pseudo parameter that the template refers to. */
  get references(): ReadonlySet<string> {
    const dependencies = Object.values(this.resources).flatMap(({ DependsOn }) => DependsOn ?? []);
    return new Set([...dependencies, ...referencesIn(this.#content)]);
  }
}

function referencesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    if (key === 'Ref' && typeof inner === 'string') return [inner];
    if (key === 'Fn::GetAtt' && Array.isArray(inner)) return [String(inner[0])];
    if (key === 'Fn::Sub' && typeof inner === 'string')
      return [...inner.matchAll(/\$\{([^.}]+)/g)].map(([, name = '']) => name);
    return referencesIn(inner);
  });
}
