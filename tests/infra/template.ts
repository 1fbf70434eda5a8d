import * as z from 'zod/mini';

const resourceSchema = z.object({
  Type: z.string(),
  Properties: z.optional(z.unknown()),
  DependsOn: z.optional(z.union([z.string(), z.array(z.string())])),
  DeletionPolicy: z.optional(z.string()),
  UpdateReplacePolicy: z.optional(z.string()),
});

const templateSchema = z.object({
  Resources: z.record(z.string(), resourceSchema),
  Outputs: z.record(z.string(), z.unknown()),
});

/** A type of resources, with the schema of its properties. */
export interface Kind<Properties> {
  readonly type: string;
  readonly properties: z.ZodMiniType<Properties>;
}

/** A compiled CloudFormation template. */
export class Template {
  readonly #content: z.infer<typeof templateSchema>;
  /** As CloudFormation gets it. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
    this.#content = templateSchema.parse(JSON.parse(text));
  }

  get resources(): Readonly<Record<string, z.infer<typeof resourceSchema>>> {
    return this.#content.Resources;
  }

  get outputs(): Readonly<Record<string, unknown>> {
    return this.#content.Outputs;
  }

  /** The properties of all resources of a kind, by logical id. */
  all<Properties>({ type, properties }: Kind<Properties>): ReadonlyMap<string, Properties> {
    const ofKind = Object.entries(this.resources).filter(([, resource]) => resource.Type === type);
    return new Map(ofKind.map(([id, resource]) => [id, properties.parse(resource.Properties)]));
  }

  /** The properties of one resource. @throws if the kind has no such resource */
  one<Properties>(id: string, kind: Kind<Properties>): Properties {
    const properties = this.all(kind).get(id);
    if (properties === undefined) throw new Error(`The template has no ${kind.type} ${id}.`);
    return properties;
  }

  /** A value like the one that CloudFormation puts in place of a `Ref`. */
  resolve(value: string | { readonly Ref: string }): string {
    if (typeof value === 'string') return value;
    const type = this.resources[value.Ref]?.Type;
    if (type === 'AWS::SQS::Queue') return `https://sqs.eu-central-1.amazonaws.com/000000000000/${value.Ref}`;
    if (type === 'AWS::DynamoDB::Table' || type === 'AWS::S3::Bucket') return value.Ref;
    throw new Error(`${value.Ref} is neither a queue nor a table or a bucket.`);
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
