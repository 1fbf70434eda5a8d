import { afterAll, beforeAll, describe } from '@jest/globals';
import { type System, startSystem } from './system.ts';

/** Defines the tests of a subject, on a system that runs when they do. */
export type Subject = (running: () => System) => void;

/**
 * Tests subjects one after the other on one system: it takes longer to start than most of them take. Each finds it as it
 * was started, except for the jobs of those before it.
 */
export function describeSubjects(subjects: Readonly<Record<string, Subject>>): void {
  let system: System;
  beforeAll(async () => {
    system = await startSystem();
  });
  afterAll(() => system?.stop());
  for (const [name, subject] of Object.entries(subjects))
    describe(name, () => {
      subject(() => system);
      afterAll(() => system.reset());
    });
}
