import { setTimeout } from 'node:timers/promises';

const patienceMs = 90_000;

/** Asks again and again until there is an answer. */
export async function eventually<T>(ask: () => Promise<T | undefined>, what: string): Promise<T> {
  const end = Date.now() + patienceMs;
  while (Date.now() < end) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await setTimeout(100);
  }
  throw new Error(`waited ${patienceMs / 1000} s in vain for ${what}`);
}
