import { syncBuiltinESMExports } from 'node:module';
import type { Fence } from './fence.ts';
import { fenceNames } from './fence-names.ts';
import { fenceProcesses } from './fence-processes.ts';
import { fenceSockets } from './fence-sockets.ts';

/**
 * Closes every documented way by which JavaScript reaches out of this process: connections, datagrams, look-ups of names, other
 * processes and threads. It cannot be undone. Modules that are loaded before keep what they have taken from Node.js by name,
 * so this must come first. Native code is not fenced: Node.js refuses to load it, when it was started with `--permission`.
 */
export function closeFence(fence: Fence): void {
  fenceSockets(fence);
  fenceNames(fence);
  fenceProcesses(fence);
  // What is imported from a module of Node.js by name is a copy.
  syncBuiltinESMExports();
}
