import type { Kind } from '../base/records.ts';
import type { OpenWait } from './ports.ts';

export const openWaitsKind = {
  id: 'waits/<tenant>',
  has: 'open waits of a tenant with a limit on them',
  expires: 'an hour after the last one',
} as const satisfies Kind;

const prefix = 'waits/';

/** The items that have which waits tenants have open. */
export const openWaitItems = `${prefix}*`;

/** No job has such an id. */
export const openWaitsIdOf = (tenantKey: string): string => prefix + tenantKey;

/** A wait as it is stored: short, since an item may have a thousand. */
export const writeOpenWait = ({ id, until }: OpenWait): string => `${until}/${id}`;

export function readOpenWait(text: string): OpenWait {
  const [until, id = ''] = text.split('/');
  return { id, until: Number(until) };
}
