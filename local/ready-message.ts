/** What is printed when everything runs: where, and how to try it. */
export function readyMessage(address: string, dataDir: string | undefined): string {
  const state =
    dataDir === undefined
      ? 'Jobs are kept in memory. To keep them over a restart: DATA_DIR=.data npm start'
      : `Jobs are kept in ${dataDir}`;
  return `
  Ready at ${address}

  Submit a job, and look at it under the "statusUrl" of the answer:

    curl -s ${address}/jobs -H 'content-type: application/json' \\
      -d '{"type": "countdown", "payload": {"seconds": 5}}'

    curl -s ${address}/jobs/<id>

  ${state}
  Edits in functions/ and shared/ take effect at once. Ctrl-C ends everything.
`;
}
