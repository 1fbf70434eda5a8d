import * as z from 'zod/mini';
import { closeFence } from '../../../../scripts/replay/close-fence.ts';
import { newFence } from '../../../../scripts/replay/fence.ts';

/** A program of fence.test.ts: tries each way out, behind a fence or not. It prints what came of each as a line of JSON. */
const order = z.object({
  isFenced: z.boolean(),
  allowed: z.array(z.string()),
  outsides: z.record(z.string(), z.object({ port: z.number(), path: z.string(), program: z.string() })),
});
const { isFenced, allowed, outsides } = order.parse(JSON.parse(process.argv[2] ?? ''));

const fence = newFence(allowed);
if (isFenced) closeFence(fence);
// Only now: what a module takes from Node.js by name is what it is when the module is loaded.
const { unseenWays, waysOut } = await import('./ways-out.ts');
process.on('uncaughtException', (error) =>
  console.log(JSON.stringify({ way: 'uncaught', said: String(error) })),
);

for (const [way, outside] of Object.entries(outsides)) {
  const take = waysOut[way] ?? unseenWays[way];
  const said = await Promise.resolve(outside)
    .then(take)
    .then(() => 'done', reasonOf);
  console.log(JSON.stringify({ way, said }));
}
console.log(JSON.stringify({ way: 'refused', said: [...fence.refused].join('\n') }));
process.exit();

/** fetch says only that it failed: why is in its cause. */
function reasonOf(error: unknown): string {
  const { cause }: { readonly cause?: unknown } = Object(error);
  return String(cause ?? error);
}
