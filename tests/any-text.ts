import fc from 'fast-check';

const lastBeforeSurrogates = 0xd7ff;
const firstAfterSurrogates = 0xe000;
const last = 0x10ffff;

const codePoint = fc
  .integer({ min: 0, max: last - (firstAfterSurrogates - lastBeforeSurrogates - 1) })
  .map((index) =>
    index > lastBeforeSurrogates ? index + firstAfterSurrogates - lastBeforeSurrogates - 1 : index,
  )
  .map((point) => String.fromCodePoint(point));

/** Texts of any code points. fast-check's unit `binary` has the same, and first makes a table of all million. */
export const anyText = (constraints: Omit<fc.StringConstraints, 'unit'> = {}): fc.Arbitrary<string> =>
  fc.string({ ...constraints, unit: codePoint });
