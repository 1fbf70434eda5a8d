import { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec';
import type { Property, PropertyType, Resource } from '@aws-cdk/service-spec-types';
import { intrinsicOf, isRecord, type RawResource } from './raw-template.ts';

/** AWS's own schemas of resources. It takes half a second to load. */
const db = await loadAwsServiceSpec();

export const schemaOf = (type: string): Resource | undefined =>
  db.lookup('resource', 'cloudFormationType', 'equals', type)[0];

/** These return a list, if they are given one place after the other. All other functions return a text. */
const listFunctions = ['Fn::GetAZs', 'Fn::Split', 'Fn::Cidr'];

/** What AWS's schema has against a resource: unknown types and properties, missing ones, and values of another type. */
export function problemsOfResource(id: string, { Type, Properties }: RawResource): readonly string[] {
  const schema = schemaOf(Type);
  if (!schema) return [`${id}: there is no ${Type}`];
  return problemsOfProperties(Properties, schema.properties, id);
}

function problemsOfProperties(
  value: Readonly<Record<string, unknown>>,
  properties: Readonly<Record<string, Property>>,
  place: string,
): readonly string[] {
  const missing = Object.entries(properties)
    .filter(([name, { required }]) => required === true && value[name] === undefined)
    .map(([name]) => `${place}.${name} is missing`);
  const found = Object.entries(value).flatMap(([name, inner]) => {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (!property) return [`${place}.${name} is not a property`];
    return leastProblems([property.type, ...(property.previousTypes ?? [])], inner, `${place}.${name}`);
  });
  return [...missing, ...found];
}

/** Of several types, what the one that fits best has against a value. */
function leastProblems(types: readonly PropertyType[], value: unknown, place: string): readonly string[] {
  const [best = []] = types
    .map((type) => problemsOfValue(value, type, place))
    .sort((one, other) => one.length - other.length);
  return best;
}

function problemsOfValue(value: unknown, type: PropertyType, place: string): readonly string[] {
  if (type.type === 'json') return [];
  if (type.type === 'union') return leastProblems(type.types, value, place);
  const called = intrinsicOf(value)?.name;
  if (called !== undefined) {
    const fits = listFunctions.includes(called) ? type.type === 'array' : isScalar(type);
    return fits ? [] : [`${place} is ${called}, and no ${type.type}`];
  }
  if (isScalar(type)) return problemsOfScalar(value, type, place);
  if (type.type !== 'array')
    return isRecord(value) ? problemsOfObject(value, type, place) : [`${place} is no object`];
  if (!Array.isArray(value)) return [`${place} is no list`];
  return value.flatMap((inner, index) => problemsOfValue(inner, type.element, `${place}[${index}]`));
}

function problemsOfObject(
  value: Readonly<Record<string, unknown>>,
  type: PropertyType,
  place: string,
): readonly string[] {
  if (type.type === 'map') {
    const { element } = type;
    return Object.entries(value).flatMap(([key, inner]) =>
      problemsOfValue(inner, element, `${place}.${key}`),
    );
  }
  if (type.type === 'ref')
    return problemsOfProperties(value, db.get('typeDefinition', type.reference).properties, place);
  const isTag = type.type === 'tag' && Object.keys(value).sort().join() === 'Key,Value';
  return isTag ? [] : [`${place} is no ${type.type}`];
}

type Scalar = Extract<PropertyType, { type: keyof typeof patterns }>;

/** How a scalar is written. CloudFormation converts a text into the type of the property, and the other way round. */
const patterns = {
  string: /^/,
  'date-time': /^\d{4}-\d\d-\d\dT/,
  integer: /^-?\d+$/,
  number: /^-?\d+(\.\d+)?$/,
  boolean: /^(true|false)$/,
};

const isScalar = (type: PropertyType): type is Scalar => Object.hasOwn(patterns, type.type);

function problemsOfScalar(value: unknown, type: Scalar, place: string): readonly string[] {
  if (!['string', 'number', 'boolean'].includes(typeof value) || !patterns[type.type].test(String(value)))
    return [`${place} is ${JSON.stringify(value)}, and no ${type.type}`];
  const allowed: readonly unknown[] | undefined = 'allowedValues' in type ? type.allowedValues : undefined;
  if (allowed === undefined || allowed.map(String).includes(String(value))) return [];
  return [`${place} is ${value}, and not one of ${allowed.join(', ')}`];
}
