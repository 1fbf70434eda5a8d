/** The size of a value in an item, in bytes. DynamoDB's documentation gives the rules; this rounds up. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  // A byte for two digits, one, and one for a sign.
  if (typeof value === 'number') return 2 + Math.ceil(String(value).replace(/\D/g, '').length / 2);
  if (typeof value !== 'object' || value === null) return 1;
  if (value instanceof Set || Array.isArray(value))
    return 3 + [...value].reduce((sum, one) => sum + 1 + sizeOf(one), 0);
  return 3 + Object.entries(value).reduce((sum, [key, one]) => sum + 1 + key.length + sizeOf(one), 0);
}
