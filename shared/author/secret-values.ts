import * as z from 'zod/v4/core';
import { describeError } from '../domain/base/errors.ts';
import type { Fields, Log } from '../domain/base/ports.ts';
import { hidden, mask, secretDepth } from './secret-fields.ts';

const maxCauses = 5;

/** Of what this process has read from AWS. No job may show them. */
const everywhere = new Set<string>();

/** A port or a user's name in a document of secrets is no secret, and would be hidden wherever it occurs. */
const minLengthInDocument = 8;

/** Has all texts about jobs hide a secret of the process, and of a JSON document its longer texts. */
export function hideEverywhere(secret: string): void {
  collect(secret, everywhere);
  try {
    const document = new Set<string>();
    collect(JSON.parse(secret), document);
    for (const text of document) if (text.length >= minLengthInDocument) everywhere.add(text);
  } catch {
    // It is no JSON.
  }
}

/**
 * Shows these secrets again. For tests, of which one process runs many: a worker hides what it has read until it ends.
 */
export function showEverywhere(): void {
  everywhere.clear();
}

/**
 * The secret values of one job. What a handler, a check or a library says about them may quote them, so all such texts
 * pass through here before they are logged, stored or answered. A part of a value, or another notation of it, is not
 * recognized.
 */
export class SecretValues {
  readonly #texts = new Set<string>();

  /** Takes note of the values of a schema's secret fields. The value need not fit the schema. */
  add(schema: z.$ZodType, value: unknown): void {
    mask(schema, value, (secret) => collect(secret, this.#texts));
  }

  hide(text: string): string {
    let shown = text;
    // A value may be part of a longer one.
    for (const secret of [...this.#texts, ...everywhere].sort((one, other) => other.length - one.length))
      shown = shown.replaceAll(secret, hidden);
    return shown;
  }

  /** Any value as JSON has it, with all texts, keys and numbers hidden that are secret. */
  hideIn(value: unknown): unknown {
    if (this.#isEmpty) return value;
    try {
      const text = JSON.stringify(value, (_key, inner: unknown) => this.#withoutSecrets(inner));
      return text === undefined ? undefined : JSON.parse(text);
    } catch {
      return hidden;
    }
  }

  /** The same error with other texts, of the same kind for `instanceof`. Its own properties are left out. */
  hideError(error: Error, depth = 0): Error {
    if (this.#isEmpty) return error;
    const { name, message, stack, cause } = textsOf(error);
    const shown = (value: string) => ({ value: this.hide(value) });
    const inner = cause instanceof Error && depth < maxCauses ? this.hideError(cause, depth + 1) : undefined;
    return Object.create(error, {
      name: shown(name),
      message: shown(message),
      stack: shown(stack),
      cause: { value: inner },
    });
  }

  /** A log that hides them, also those that are added later. */
  hideFrom(log: Log): Log {
    const at =
      (level: keyof Log) =>
      (message: string, fields: Fields = {}): void =>
        log[level](this.hide(message), Object(this.hideIn(fields)));
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  }

  /** What is wrong with a value, without what is secret in it: neither a secret field's content, nor a key in it. */
  hideIssues(schema: z.$ZodType, { issues }: z.$ZodError): z.$ZodIssue[] {
    return issues.map((issue) => {
      const depth = secretDepth(schema, issue.path);
      if (depth === undefined) return { ...issue, message: this.hide(issue.message) };
      const path = issue.path.slice(0, depth);
      return { code: 'custom', input: undefined, path, message: 'is not valid, and is secret' };
    });
  }

  /** The same as text. */
  describeIssues(schema: z.$ZodType, error: z.$ZodError): string {
    return z.prettifyError(new z.$ZodError(this.hideIssues(schema, error)));
  }

  #has(text: string): boolean {
    return this.#texts.has(text) || everywhere.has(text);
  }

  get #isEmpty(): boolean {
    return this.#texts.size + everywhere.size === 0;
  }

  #withoutSecrets(value: unknown): unknown {
    if (typeof value === 'string') return this.hide(value);
    if (typeof value === 'bigint') return this.hide(String(value));
    if (typeof value === 'number') return this.#has(String(value)) ? hidden : value;
    if (value instanceof Error) {
      const { cause: _, ...shown } = textsOf(value);
      return shown;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [this.hide(key), inner]));
  }
}

function collect(secret: unknown, texts: Set<string>): void {
  if (typeof secret === 'object' && secret !== null)
    for (const inner of Object.values(secret)) collect(inner, texts);
  if (typeof secret !== 'string' && typeof secret !== 'number') return;
  const text = String(secret);
  for (const form of [text, text.trim(), JSON.stringify(text).slice(1, -1), urlForm(text)])
    if (form !== '') texts.add(form);
}

const urlForm = (text: string): string => (text.isWellFormed() ? encodeURIComponent(text) : text);

/** A handler may throw an error whose getters throw. */
export function textsOf(error: Error) {
  const described = describeError(error);
  try {
    return { ...described, stack: String(error.stack ?? ''), cause: error.cause };
  } catch {
    return { ...described, stack: '', cause: undefined };
  }
}
