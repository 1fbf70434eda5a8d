import { startEmulators } from '../../local/emulators.ts';
import { motoIsInstalled, startMoto } from '../infra/moto.ts';

/** Starts the emulators and moto, prints their endpoints, and stops them when its input ends. */
const [{ stop, ...emulators }, moto] = await Promise.all([
  startEmulators(),
  motoIsInstalled() ? startMoto() : undefined,
]);
console.log(JSON.stringify({ emulators, motoEndpoint: moto?.endpoint }));
process.stdin.resume().once('end', async () => {
  await Promise.all([stop(), moto?.stop()]);
  process.exit(0);
});
