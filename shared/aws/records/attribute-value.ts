import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Storable } from '../../domain/base/records.ts';

type Attributes = Record<string, AttributeValue>;

/** A value as DynamoDB takes it; what is undefined in it is left out. */
export function toAttribute(value: Storable): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: digitsOf(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (value === null) return { NULL: true };
  if (value instanceof Set) return { SS: [...value] };
  if (isList(value)) return { L: value.map(toAttribute) };
  return { M: toAttributes(value) };
}

export function toAttributes(values: Readonly<Record<string, Storable | undefined>>): Attributes {
  const attributes: Attributes = {};
  for (const [key, value] of Object.entries(values))
    if (value !== undefined) attributes[key] = toAttribute(value);
  return attributes;
}

/** @throws TypeError for a kind that `toAttribute` never makes */
export function fromAttribute(attribute: AttributeValue): Storable {
  if (attribute.S !== undefined) return attribute.S;
  if (attribute.N !== undefined) return Number(attribute.N);
  if (attribute.BOOL !== undefined) return attribute.BOOL;
  if (attribute.NULL !== undefined) return null;
  if (attribute.SS !== undefined) return new Set(attribute.SS);
  if (attribute.L !== undefined) return attribute.L.map(fromAttribute);
  if (attribute.M !== undefined) return fromAttributes(attribute.M);
  throw new TypeError(`an attribute has no kind that is known here: ${Object.keys(attribute).join(', ')}`);
}

export function fromAttributes(attributes: Readonly<Attributes>): Record<string, Storable> {
  const values: Record<string, Storable> = {};
  for (const key in attributes) values[key] = fromAttribute(attributes[key] as AttributeValue);
  return values;
}

function digitsOf(value: number): string {
  if (!(Math.abs(value) <= Number.MAX_SAFE_INTEGER))
    throw new RangeError(`${value} cannot be stored: it would not be read as it was written`);
  return String(value);
}

/** `Array.isArray` does not tell apart what is read-only. */
const isList = (value: object): value is readonly Storable[] => Array.isArray(value);
