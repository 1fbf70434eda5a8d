/** The keys and indexes of the job table. A test of the package compares them with those of infra/table.yml. */
export const jobTableKeys = {
  AttributeDefinitions: ['id', 'listKey', 'listPosition', 'failedKey'].map((AttributeName) => ({
    AttributeName,
    AttributeType: 'S',
  })),
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  GlobalSecondaryIndexes: [
    { IndexName: 'list', key: 'listKey' },
    { IndexName: 'failed', key: 'failedKey' },
  ].map(({ IndexName, key }) => ({
    IndexName,
    KeySchema: [
      { AttributeName: key, KeyType: 'HASH' },
      { AttributeName: 'listPosition', KeyType: 'RANGE' },
    ],
    Projection: { ProjectionType: 'KEYS_ONLY' },
  })),
};
