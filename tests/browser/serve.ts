import { serve } from '../shared-server.ts';
import { startSystems } from './systems.ts';

const { addresses, stop } = await startSystems();
serve(addresses, stop);
