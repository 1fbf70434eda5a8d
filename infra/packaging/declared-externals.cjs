const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

/**
 * The packages that job types do not want bundled, such as `sharp`: what each `job-types/X/external.json` lists. It is JSON,
 * because this is asked before a contract could be run.
 * @param {string} project its folder
 * @returns {string[]}
 */
module.exports = (project) => {
  const folders = ['job-types', 'examples'].filter((folder) => existsSync(join(project, folder)));
  const files = folders.flatMap((folder) =>
    readdirSync(join(project, folder)).map((type) => `${folder}/${type}/external.json`),
  );
  const declared = files
    .filter((file) => existsSync(join(project, file)))
    .flatMap((file) => read(project, file));
  return [...new Set(declared)].sort();
};

function read(project, file) {
  const names = parse(readFileSync(join(project, file), 'utf8'));
  const isName = (name) => typeof name === 'string' && /^(@[\w.-]+\/)?[\w.-]+$/.test(name);
  if (Array.isArray(names) && names.every(isName)) return names;
  throw new Error(`${file} is not a list of packages, such as ["sharp"]`);
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
