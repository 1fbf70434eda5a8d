const { readFile } = require('node:fs/promises');
const { sep } = require('node:path');

/** What makes a schema, or a check of one, and does nothing else. Not `config`, nor what parses a value. */
const makers = [
  '_default any array boolean check coerce.\\w+ custom discriminatedUnion email enum extend gt gte int intersection iso.\\w+ json lazy',
  'literal looseObject lt lte map maxLength minLength multipleOf never null nullable nullish number object omit optional partial pick pipe',
  'positive readonly record refine regex set startsWith strictObject string transform trim tuple undefined union unknown url uuid xor',
].flatMap((names) => names.split(' '));

/** A comment, a text, or a call that makes a schema. The first two are left as they are. */
const token = new RegExp(
  `/\\*[\\s\\S]*?\\*/|//.*|'(?:[^'\\\\\\n]|\\\\.)*'|\`(?:[^\`\\\\]|\\\\.)*\`|(?<![\\w.$])z\\.(?:${makers.join('|')})\\(`,
  'g',
);

const marked = (text) =>
  text.replace(token, (found) => (found.startsWith('z.') ? `/* @__PURE__ */ ${found}` : found));

/**
 * An esbuild plugin. It marks each call in our code that makes a schema, so that a bundle has no schema that it does not use: esbuild
 * cannot know that `z.object` does nothing else. Zod says so of its functions, and esbuild heeds that in zod's own files alone.
 * A module has schemas for the checks of some functions beside code for others: see ADR 126 for what they cost.
 * @param folders of our sources
 */
module.exports = (folders) => {
  const isOurs = (path) => folders.some((folder) => path.startsWith(folder + sep));
  return {
    name: 'pure-schemas',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (!isOurs(path) || path.includes(`${sep}node_modules${sep}`)) return undefined;
        const text = await readFile(path, 'utf8');
        if (!/ as z from 'zod/.test(text)) return undefined;
        return { contents: marked(text), loader: 'ts', watchFiles: [path] };
      });
    },
  };
};
