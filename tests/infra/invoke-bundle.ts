/** `node invoke-bundle.ts <bundle> <export> <event>` loads a bundle as Lambda does, and prints its answer. */

// By itself Node.js prints the line of the bundle first, of 250 KB. What does not fit into a pipe at once is lost.
process.on('uncaughtException', (error) => {
  console.error(String(error));
  process.exitCode = 1;
});
const [, , bundle = '', exportName = '', event = '{}'] = process.argv;
const loaded: Readonly<Record<string, unknown>> = await import(bundle);
const handler = loaded[exportName];
if (typeof handler !== 'function') throw new Error(`${bundle} exports no function ${exportName}`);
const context = { awsRequestId: 'request', getRemainingTimeInMillis: () => 20_000 };
process.stdout.write(`\n${JSON.stringify(await handler(JSON.parse(event), context))}`);
