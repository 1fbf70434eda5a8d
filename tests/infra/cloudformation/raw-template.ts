import * as z from 'zod/mini';

const record = z.record(z.string(), z.unknown());

const resource = z.strictObject({
  Type: z.string(),
  Properties: z._default(record, {}),
  DependsOn: z.optional(z.union([z.string(), z.array(z.string())])),
  DeletionPolicy: z.optional(z.string()),
  UpdateReplacePolicy: z.optional(z.string()),
  UpdatePolicy: z.optional(record),
});
export type RawResource = z.infer<typeof resource>;

/** A template with nothing left out. What a section or a resource may not have does not parse. */
const schema = z.strictObject({
  AWSTemplateFormatVersion: z.literal('2010-09-09'),
  Description: z.string(),
  /** Of a stage. */
  Metadata: z.optional(z.strictObject({ JobTypes: z.array(z.string()) })),
  Resources: z.record(z.string(), resource),
  Outputs: z.record(
    z.string(),
    z.strictObject({
      Description: z.optional(z.string()),
      Value: z.unknown(),
      Export: z.optional(z.strictObject({ Name: z.unknown() })),
    }),
  ),
});
export type RawTemplate = z.infer<typeof schema>;

export const readTemplate = (text: string): RawTemplate => schema.parse(JSON.parse(text));

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The function of a value such as `{ "Fn::GetAtt": ["JobTable", "Arn"] }`. */
export function intrinsicOf(
  value: unknown,
): { readonly name: string; readonly argument: unknown } | undefined {
  if (!isRecord(value)) return undefined;
  const [entry, ...others] = Object.entries(value);
  if (!entry || others.length > 0) return undefined;
  const [name, argument] = entry;
  return name === 'Ref' || name.startsWith('Fn::') ? { name, argument } : undefined;
}

/** What a value refers to: a logical id or a pseudo parameter, perhaps with an attribute. */
export interface Reference {
  readonly id: string;
  readonly attribute?: string;
}

/** `JobTable.Arn`, as `Fn::Sub` has it. */
export function referenceOf(text: string): Reference {
  const [id = '', ...attribute] = text.split('.');
  return attribute.length === 0 ? { id } : { id, attribute: attribute.join('.') };
}

/** A part of a `Fn::Sub`. `${!Literal}` is no reference. */
export const substitutions = /\$\{([^!}][^}]*)\}/g;

/** All references in a value, with those in the texts of `Fn::Sub`. */
export function referencesIn(value: unknown): readonly Reference[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (!isRecord(value)) return [];
  const { name, argument } = intrinsicOf(value) ?? {};
  if (name === 'Ref') return [{ id: String(argument) }];
  if (name === 'Fn::GetAtt')
    return [referenceOf(Array.isArray(argument) ? argument.join('.') : String(argument))];
  if (name === 'Fn::Sub' && typeof argument === 'string')
    return [...argument.matchAll(substitutions)].map(([, text = '']) => referenceOf(text));
  return Object.values(value).flatMap(referencesIn);
}

/** What a resource needs before it can be made. */
export const neededBy = ({ Properties, DependsOn = [], UpdatePolicy }: RawResource): readonly Reference[] => [
  ...[DependsOn].flat().map((id) => ({ id })),
  ...referencesIn(Properties),
  ...referencesIn(UpdatePolicy),
];
