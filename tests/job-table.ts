/** The keys and indexes of the job table. A test of the package compares them with those of infra/resources/table.yml. */
export const jobTableKeys = {
  AttributeDefinitions: [
    ...['id', 'listKey', 'listPosition', 'failedKey', 'groupKey', 'dueKey'].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S',
    })),
    { AttributeName: 'lookAt', AttributeType: 'N' },
  ],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  GlobalSecondaryIndexes: [
    { IndexName: 'list', key: 'listKey', sortedBy: 'listPosition' },
    { IndexName: 'failed', key: 'failedKey', sortedBy: 'listPosition' },
    { IndexName: 'due', key: 'dueKey', sortedBy: 'lookAt' },
    { IndexName: 'group', key: 'groupKey' },
  ].map(({ IndexName, key, sortedBy }) => ({
    IndexName,
    KeySchema: [
      { AttributeName: key, KeyType: 'HASH' },
      ...(sortedBy === undefined ? [] : [{ AttributeName: sortedBy, KeyType: 'RANGE' }]),
    ],
    Projection: { ProjectionType: 'KEYS_ONLY' },
  })),
};

/** The keys of the table of endpoints. The same test compares them with those of infra/resources/endpoint-table.yml. */
export const endpointTableKeys = {
  AttributeDefinitions: [
    ...['endpoint', 'id', 'lookKey'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    { AttributeName: 'lookAt', AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: 'endpoint', KeyType: 'HASH' },
    { AttributeName: 'id', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'tried',
      KeySchema: [
        { AttributeName: 'lookKey', KeyType: 'HASH' },
        { AttributeName: 'lookAt', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['tenant', 'origin'] },
    },
  ],
};
