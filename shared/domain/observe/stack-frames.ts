/** A frame of a stack: what was called, the file, and line and column. */
const frame =
  /^(?:(?<call>\s*at .*? \()(?<file>.+)(?<place>:\d+:\d+\))|(?<bare>\s*at (?:async )?)(?<only>.+)(?<at>:\d+:\d+))$/;
const noPlace = /^\s*at .*\(<anonymous>\)$/;
/** Code of users, by its path in the project. */
const ofUsers = /(?:^|\/)(?<path>(?:tests\/)?job-types\/.+|examples\/(?!.*\/examples\/).+)$/;
/** Node.js, libraries and the engine: an error of a handler is not theirs. */
const ofOthers =
  /^node:|(?:^|\/)(?:node_modules|\.local)\/|(?:^|\/)(?:shared|server|functions|local|testkit)\/[^\s]+$/;

/** @returns undefined for a frame that is not of a user's code; what is no frame as it is */
function readLine(line: string): string | undefined {
  if (noPlace.test(line)) return undefined;
  const {
    bare = '',
    only = '',
    at = '',
    call = bare,
    file = only,
    place = at,
  } = frame.exec(line)?.groups ?? {};
  if (file === '') return line;
  if (/(?:^|\/)node_modules\//.test(file)) return undefined;
  const { path } = ofUsers.exec(file)?.groups ?? {};
  if (path !== undefined) return `${call}${path}${place}`;
  return ofOthers.test(file) ? undefined : line;
}

const isFrame = (line: string): boolean => frame.test(line) || noPlace.test(line);

/** The frames of a stack that are of a user's code, with the path of their files in the project. */
export const framesOfUsers = (stack: string): readonly string[] =>
  stack
    .split('\n')
    .filter(isFrame)
    .flatMap((line) => readLine(line) ?? []);

/** A stack without the frames of others. Of an error that no code of a user is in, all is left. */
export function readableStack(stack: string): string {
  if (framesOfUsers(stack).length === 0) return stack;
  return stack
    .split('\n')
    .flatMap((line) => readLine(line) ?? [])
    .join('\n');
}
