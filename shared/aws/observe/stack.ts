import * as z from 'zod/mini';

/** As in serverless.yml. */
export const serviceName = 'job-worker';
/** osls calls a stage's stack so, and the names of its resources begin with that. */
export const stackNameOf = (stage: string): string => `${serviceName}-${stage}`;
export const defaultRegion = 'eu-central-1';

/** The stack output with what the environment variable refers to: `StandardQueueUrl` for `STANDARD_QUEUE_URL`. */
export const outputNameOf = (variable: string): string =>
  variable.toLowerCase().replace(/(?:^|_)([a-z])/g, (_all, letter: string) => letter.toUpperCase());

/** An output has at most 4,096 bytes. */
const charactersOfOutput = 4000;
const settingsOutput = (index: number): string => `WorkerSettings${index === 0 ? '' : index + 1}`;

/**
 * The outputs with the variables that are plain texts: a JSON object, by variable. The text of one that is long goes on
 * in the next output.
 */
export function writeSettings(texts: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const escaped = (character: string): string =>
    `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  // So a part of it can be cut anywhere: each character is a byte, and none is half of another one.
  const json = JSON.stringify(texts).replaceAll(/[^ -~]/g, escaped);
  const count = Math.ceil(json.length / charactersOfOutput);
  return new Map(
    Array.from({ length: count }, (_, index) => [
      settingsOutput(index),
      json.slice(index * charactersOfOutput, (index + 1) * charactersOfOutput),
    ]),
  );
}

const settings = z.record(z.string(), z.string());

/** What `writeSettings` has written. */
export function readSettings(outputs: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  let json = '';
  for (let index = 0; outputs.has(settingsOutput(index)); index += 1)
    json += outputs.get(settingsOutput(index));
  return settings.parse(JSON.parse(json || '{}'));
}
