import { playAllGroups } from './group-rows.ts';

/** Prints what a million jobs of groups of one tenant do to the groups of others. */
console.log(JSON.stringify(await playAllGroups(Number(process.argv[2] ?? 1_000_000))));
