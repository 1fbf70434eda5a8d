import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../../project-copy.ts';

interface Instruction {
  /** Such as `COPY`. */
  readonly name: string;
  readonly args: string;
}

/** A part of a Dockerfile that begins with `FROM`. */
export interface Stage {
  readonly name: string;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** A folder or file, as `COPY` has it. */
export interface Copied {
  readonly from: string;
  readonly to: string;
}

export const dockerfileText = (): string => readFileSync(join(projectDir, 'Dockerfile'), 'utf8');

const withoutComments = (text: string) => text.replace(/^\s*#.*\n/gm, '').replace(/\\\n\s*/g, '');

/** Reads what is needed of the format: no heredocs, no escapes. */
export function stagesOf(text: string): readonly Stage[] {
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  for (const line of withoutComments(text).split('\n').filter(Boolean)) {
    const [, name = '', args = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === '') throw new Error(`This line of the Dockerfile is no instruction: ${line}`);
    const [, base = '', stage = ''] = (name === 'FROM' && /^(\S+) AS (\S+)$/.exec(args)) || [];
    if (name === 'FROM') stages.push({ name: stage, base, instructions: [] });
    else stages.at(-1)?.instructions.push({ name, args });
  }
  return stages;
}

export function stageNamed(name: string): Stage {
  const found = stagesOf(dockerfileText()).find((stage) => stage.name === name);
  if (!found) throw new Error(`The Dockerfile has no stage ${name}.`);
  return found;
}

/** The arguments of all instructions of a name, in their order. */
export const argsOf = ({ instructions }: Stage, name: string): readonly string[] =>
  instructions.filter((each) => each.name === name).map(({ args }) => args);

/** The arguments of the last instruction of a name. @throws if there is none */
export function lastArgsOf(stage: Stage, name: string): string {
  const last = argsOf(stage, name).at(-1);
  if (last === undefined) throw new Error(`The stage ${stage.name} has no ${name}.`);
  return last;
}

/** What a stage copies from the project, or from the stage `build`. */
export const copiedBy = (stage: Stage): readonly Copied[] =>
  argsOf(stage, 'COPY').flatMap((args) => {
    const words = args.split(/\s+/).filter((word) => !word.startsWith('--'));
    const to = words.at(-1) ?? '';
    return words.slice(0, -1).map((from) => ({ from, to }));
  });

/** The variables that a stage sets. */
export const variablesOf = (stage: Stage): Readonly<Record<string, string>> =>
  Object.fromEntries(
    argsOf(stage, 'ENV').flatMap((args) =>
      args.split(/\s+/).map((pair) => {
        const [name = '', ...value] = pair.split('=');
        return [name, value.join('=')];
      }),
    ),
  );
