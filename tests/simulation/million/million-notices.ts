import { playAllNotices } from './notice-rows.ts';

/** Prints what a million notices to one endpoint take, and how late those of another tenant are meanwhile. */
console.log(JSON.stringify(await playAllNotices(Number(process.argv[2] ?? 1_000_000))));
