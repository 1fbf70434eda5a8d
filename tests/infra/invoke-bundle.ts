/**
 * `node invoke-bundle.ts <bundle> <export> <events>` loads a bundle as Lambda does, invokes it with one event after the other,
 * and prints what it returned or threw for each.
 */

// By itself Node.js prints the line of the bundle first, of 250 KB. What does not fit into a pipe at once is lost.
process.on('uncaughtException', (error) => {
  console.error(String(error));
  process.exitCode = 1;
});
const [, , bundle = '', exportName = '', events = '[]'] = process.argv;
const loaded: Readonly<Record<string, unknown>> = await import(bundle);
const handler = loaded[exportName];
if (typeof handler !== 'function') throw new Error(`${bundle} exports no function ${exportName}`);
const context = { awsRequestId: 'request', getRemainingTimeInMillis: () => 20_000 };
const outcomes: unknown[] = [];
for (const event of JSON.parse(events)) {
  try {
    outcomes.push({ answer: await handler(event, context) });
  } catch (error) {
    outcomes.push({ error: String(error) });
  }
}
process.stdout.write(`\n${JSON.stringify(outcomes)}`);
