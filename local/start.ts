/*
 * `npm start`: `sls offline start --stage local`, without the lines of osls and serverless-offline, which list a
 * hundred routes at ports that nobody calls, and tell of each request three times. `--verbose` shows them.
 */
import { open } from 'node:inspector';
import { debuggedLeaseSeconds } from './lambda/debugged.ts';

/**
 * Node.js's own, of which `npm start` can hand on none: `--inspect`, with or without a port, or an address and a port.
 */
const inspecting = /^--inspect(?:=(?:(?<host>[^:]+):)?(?<port>\d+))?$/;
const defaultInspectPort = 9229;

const at = process.argv.findIndex((each) => inspecting.test(each));
const { host = '127.0.0.1', port = String(defaultInspectPort) } =
  inspecting.exec(process.argv[at] ?? '')?.groups ?? {};
if (at !== -1) {
  // Prints where it listens.
  open(Number(port), host);
  const hasLease = process.argv.some((each) => each.startsWith('--param=leaseSeconds='));
  process.argv.splice(at, 1, ...(hasLease ? [] : [`--param=leaseSeconds=${debuggedLeaseSeconds}`]));
}
process.env.SLS_LOG_LEVEL ??= process.argv.includes('--verbose') ? 'info' : 'warning';
process.argv.splice(2, 0, 'offline', 'start', '--stage', 'local');
const osls = new URL('../node_modules/serverless/bin/serverless.js', import.meta.url);
await import(osls.href);
