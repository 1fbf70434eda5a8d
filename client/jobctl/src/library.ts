// The client's source, and not its package by name: so the command runs in a clone without a build. What is published of
// both is bundled.
export * from '../../src/entry.ts';
