import { playAllSubmissions, rowOfSubmissions } from './submission-rows.ts';

/** Prints the table of docs/tenants.md. */
console.log(playAllSubmissions(1_000_000).map(rowOfSubmissions).join('\n'));
