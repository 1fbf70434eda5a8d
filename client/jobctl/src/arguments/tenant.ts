import { readTenant, tenantHint, tenantText } from '../../../../shared/time-text/tenant-text.ts';
import { usageError } from '../ending.ts';

export { tenantText };

/** The name of a tenant in the command line: as it is, or in quotes, as JSON has it. @throws CommandError */
export function parseTenant(text: string, where = '--tenant'): string {
  const name = readTenant(text);
  if (name === undefined) throw usageError(`${where} ${tenantHint}`);
  return name;
}

const kinds = ['tenant:', 'suspended:'];
const kindOf = (name: string): string => kinds.find((kind) => name.startsWith(kind)) ?? '';

/** The name of a pause in the command line, which may have that of a tenant in it. @throws CommandError */
export function parsePause(text: string): string {
  const kind = kindOf(text);
  return kind === '' ? text : kind + parseTenant(text.slice(kind.length), text);
}

/** A name of a pause, as `parsePause` reads it. */
export function pauseText(name: string): string {
  const kind = kindOf(name);
  return kind === '' ? name : kind + tenantText(name.slice(kind.length));
}
