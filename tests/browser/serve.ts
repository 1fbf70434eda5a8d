import { startSystems } from './systems.ts';

/** Starts the systems of the browser tests, prints their addresses, and stops them when its input ends. */
const { addresses, stop } = await startSystems();
console.log(JSON.stringify(addresses));
process.stdin.resume().once('end', async () => {
  await stop();
  process.exit(0);
});
