/** What the API's document shows in tests, which make each of its requests. */
export const exampleJobs = {
  one: { type: 'counting', payload: { seconds: 5 }, result: { seconds: 5 } },
  other: {
    type: 'csv-sums',
    payload: {
      csv: 'city,orders\nBerlin,3\nHamburg,4\nBerlin,5\n',
      groupBy: 'city',
      metrics: [{ column: 'orders', op: 'sum' }],
    },
  },
} as const;
