import { expect } from '@jest/globals';
import * as z from 'zod/mini';
import { conditions } from './expected-privileges.ts';
import type { statement } from './kinds.ts';

const ofEntries = z.strictObject({
  'ForAllValues:StringLike': z.strictObject({ 'dynamodb:LeadingKeys': z.string() }),
});
const ofNames = z.strictObject({ StringLike: z.strictObject({ 's3:prefix': z.string() }) });

/** What may be allowed of some entries of a table. No function deletes a job, but it may delete what is none. */
const callsOfEntries: Readonly<Record<string, readonly (readonly string[])[]>> = {
  AccessTable: [['dynamodb:GetItem']],
  JobTable: [['dynamodb:GetItem', 'dynamodb:UpdateItem'], ['dynamodb:DeleteItem']],
};

/** The allowed actions, by resource. Checks that those have a condition that are to have one. */
export function rightsIn(
  statements: readonly z.output<typeof statement>[],
): Record<string, readonly string[]> {
  const rights: Record<string, string[]> = {};
  for (const { Action, Resource, Condition } of statements) {
    const { data: listed } = ofNames.safeParse(Condition);
    if (listed) {
      expect({ Action, Resource }).toEqual({ Action: ['s3:ListBucket'], Resource: ['Bucket'] });
      rights[`names like ${listed.StringLike['s3:prefix']}`] = Action;
      continue;
    }
    const { data: read } = ofEntries.safeParse(Condition);
    if (read) {
      const [table = ''] = Resource;
      expect(Resource).toEqual([expect.stringMatching(/^(Access|Job)Table$/)]);
      expect(callsOfEntries[table]).toContainEqual(Action);
      rights[`entries of ${table} like ${read['ForAllValues:StringLike']['dynamodb:LeadingKeys']}`] = Action;
      continue;
    }
    for (const action of Action) expect({ [action]: Condition }).toEqual({ [action]: conditions[action] });
    for (const resource of Resource)
      rights[resource] = [...new Set([...(rights[resource] ?? []), ...Action])].sort();
  }
  return rights;
}
