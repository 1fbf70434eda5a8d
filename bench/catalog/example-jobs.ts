/** What the API's document shows, and `npm start` when it is ready. */
export const exampleJobs = {
  one: { type: 'nothing', payload: { n: 1 }, result: { n: 1 } },
  other: { type: 'nothing', payload: { n: 2 } },
} as const;
