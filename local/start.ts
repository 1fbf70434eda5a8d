/*
 * `npm start`: `sls offline start --stage local`, without the lines of osls and serverless-offline, which list a hundred
 * routes at ports that nobody calls, and tell of each request three times. `--verbose` shows them.
 */
process.env.SLS_LOG_LEVEL ??= process.argv.includes('--verbose') ? 'info' : 'warning';
process.argv.splice(2, 0, 'offline', 'start', '--stage', 'local');
const osls = new URL('../node_modules/serverless/bin/serverless.js', import.meta.url);
await import(osls.href);
