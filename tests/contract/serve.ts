import { startEmulators } from '../../local/emulators/emulators.ts';
import { motoIsInstalled, startMoto } from '../infra/moto.ts';
import { serve } from '../shared-server.ts';

const [{ stop, ...emulators }, moto] = await Promise.all([
  startEmulators(),
  motoIsInstalled() ? startMoto() : undefined,
]);
serve({ emulators, motoEndpoint: moto?.endpoint }, () => Promise.all([stop(), moto?.stop()]));
