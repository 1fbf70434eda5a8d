import * as z from 'zod/mini';

/** What a restored table does not have from its source, and gets from the template. */
export interface TableSettings {
  /** After which attribute items expire. */
  readonly expiry: string | undefined;
}

/** DynamoDB takes these from the source, as they are there now; what tables are called is the target's. */
const carriedOver = [
  'TableName',
  'BillingMode',
  'AttributeDefinitions',
  'KeySchema',
  'GlobalSecondaryIndexes',
  'SSESpecification',
];

const settings = z.looseObject({
  TimeToLiveSpecification: z.optional(z.object({ AttributeName: z.string(), Enabled: z.literal(true) })),
  PointInTimeRecoverySpecification: z.object({ PointInTimeRecoveryEnabled: z.literal(true) }),
});
/** The settings that this code switches on, or need not. */
const known = ['TimeToLiveSpecification', 'PointInTimeRecoverySpecification', ...carriedOver];

/**
 * Reads the settings of a table in the deployed template.
 * @throws Error for a property that nobody would set on a restored table
 */
export function settingsOf(properties: unknown): TableSettings {
  const { TimeToLiveSpecification, ...others } = settings.parse(properties);
  const unknown = Object.keys(others).filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`infra/restore/table-settings.ts does not know ${unknown.join(', ')} of a table.`);
  return { expiry: TimeToLiveSpecification?.AttributeName };
}
