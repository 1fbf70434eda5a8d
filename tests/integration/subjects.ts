import { afterAll, beforeAll, describe } from '@jest/globals';
import { type Starting, type System, startSystem } from './system.ts';

/** Defines the tests of a subject, on a system that runs when they do. */
export type Subject = (running: () => System) => void;

/**
 * Tests subjects one after the other on one system: it takes longer to start than most of them take. Each finds it as it
 * was started, except for the jobs of those before it.
 * @param starting asked when the system starts
 */
export function describeSubjects(
  subjects: Readonly<Record<string, Subject>>,
  starting: () => Starting | Promise<Starting> = () => ({}),
): void {
  let system: System;
  beforeAll(async () => {
    system = await startSystem(await starting());
  });
  afterAll(() => system?.stop());
  for (const [name, subject] of Object.entries(subjects))
    describe(name, () => {
      subject(() => system);
      afterAll(() => system.reset());
    });
}
