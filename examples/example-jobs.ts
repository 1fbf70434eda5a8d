/** Two jobs that a caller may submit: the API's document shows them, and `npm start` shows one when it is ready. */
export const exampleJobs = {
  one: { type: 'countdown', payload: { seconds: 5 }, result: { seconds: 5 } },
  other: {
    type: 'csv-aggregate',
    payload: {
      csv: 'city,orders\nBerlin,3\nHamburg,4\nBerlin,5\n',
      groupBy: 'city',
      metrics: [{ column: 'orders', op: 'sum' }],
    },
  },
} as const;
