import { asRead } from './condition.ts';
import type { Fields, Records } from './records.ts';

interface Version<Kinds extends string> {
  readonly records: Records<Kinds>;
  readonly id: string;
  /** The attribute that counts the writes. */
  readonly versionName: string;
  /** What the write is called. */
  readonly name: string;
}

/**
 * Writes an item that a function keeps between its calls. Each writer says which version was read: of two at a time
 * only one writes.
 * @param values of the attributes; one that is undefined is removed
 * @param version that was read, 0 if there was none
 * @returns false if somebody has written since
 */
export async function writeVersion<Kinds extends string>(
  { records, id, versionName, name }: Version<Kinds>,
  values: Fields,
  version: number,
): Promise<boolean> {
  const { held } = await records.write(id, {
    name,
    set: { ...values, [versionName]: version + 1 },
    remove: Object.keys(values).filter((key) => values[key] === undefined),
    when: [[asRead(versionName, version || undefined)]],
  });
  return held;
}
