// The client's source, and not its package by name: so the command runs in a clone without a build. Its package has
// both in one bundle.
export * from '../../src/entry.ts';
