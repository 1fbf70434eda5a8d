import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { PermanentError } from '../../../../shared/domain/base/errors.ts';
import { ffmpegEncoder } from '../../../encode-video/adapter.ts';
import type { Encoding } from '../../../encode-video/handler.ts';
import { aClip, aPixel, aTone, aToneWithCover, describeWithFfmpeg } from './clips.ts';

const encoder = ffmpegEncoder({ searchPath: process.env.PATH });
const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => encoder.remove(folder))));

/** Encodes a file. @returns what is known of the result, and its bytes */
async function encode(file: Uint8Array | string, over: Partial<Encoding> = {}, using = encoder) {
  const { signal } = new AbortController();
  const folder = await using.prepare();
  folders.push(folder);
  for (const half of [0, 1]) {
    const bytes = Buffer.from(file);
    const middle = Math.floor(bytes.length / 2);
    const chunk = half === 0 ? bytes.subarray(0, middle) : bytes.subarray(middle);
    // An object without content has no chunks.
    if (chunk.length > 0) await using.append({ folder, chunk, signal });
  }
  const facts = await using.encode({
    ...{ folder, signal, format: 'mp4', quality: 'medium', height: undefined, onSeconds: () => {} },
    ...over,
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of await using.open({ folder, signal })) chunks.push(chunk);
  return { facts, folder, bytes: Buffer.concat(chunks) };
}

/** How an encoding fails. */
const failure = (...all: Parameters<typeof encode>): Promise<Error> =>
  encode(...all).then(
    () => {
      throw new TypeError('it has succeeded');
    },
    (error: Error) => error,
  );

/** A server whose ffprobe is this shell script. */
function withProgram(script: string) {
  const folder = mkdtempSync(join(tmpdir(), 'programs-'));
  folders.push(folder);
  writeFileSync(join(folder, 'ffprobe'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'ffprobe'), 0o755);
  return ffmpegEncoder({ searchPath: `${folder}:/usr/bin:/bin` });
}

/** The commands of running processes that name a folder. */
const commandsIn = (folder: string) =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && existsSync(`/proc/${name}/cmdline`))
    .map((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    })
    .filter((command) => command.includes(folder));

describeWithFfmpeg('ffmpeg', () => {
  test('encodes a clip, and says how far it is', async () => {
    const reports: [number, number | null][] = [];
    const onSeconds: Encoding['onSeconds'] = (...report) => reports.push(report);
    const { facts, bytes } = await encode(aClip(), { height: 120, onSeconds });
    expect(facts).toMatchObject({ width: 160, height: 120 });
    expect(facts.seconds).toBeCloseTo(2, 0);
    expect(bytes.subarray(4, 8).toString()).toBe('ftyp');
    const [seconds = 0, all] = reports.at(-1) ?? [];
    expect(seconds).toBeGreaterThan(1);
    expect(all).toBeCloseTo(2, 0);
  });

  test('encodes a clip without sound, of an odd size, as WebM', async () => {
    const clip = aClip({ size: '161x121', sound: false, seconds: 1 });
    const { facts, bytes } = await encode(clip, { format: 'webm', quality: 'low' });
    expect(facts).toMatchObject({ width: 160, height: 120 });
    // The mark of EBML: https://www.rfc-editor.org/rfc/rfc8794.html#section-11.2.1
    expect(bytes.subarray(0, 4).toString('hex')).toBe('1a45dfa3');
  });

  test('makes an odd height even', async () => {
    expect((await encode(aClip({ seconds: 1 }), { height: 145 })).facts.height).toBe(144);
  });

  test('makes a smaller file of lower quality', async () => {
    const clip = aClip({ seconds: 1 });
    const [low, high] = [await encode(clip, { quality: 'low' }), await encode(clip, { quality: 'high' })];
    expect(low.bytes.length).toBeLessThan(high.bytes.length);
  });

  test.each([
    ['a text', () => 'no video at all', /^source: Invalid data found when processing input$/],
    ['half a video', () => aClip().subarray(0, 3_000), /moov atom not found; source: Invalid data found/],
    ['a tone', aTone, /^there is no video in the file$/],
    ['a tone with a cover', aToneWithCover, /^there is no video in the file$/],
    ['an empty file', () => '', /^source: Invalid data found when processing input$/],
    ['a pixel', aPixel, /^\[libx264\] width not divisible by 2 \(1x1\)/],
  ])('refuses %s for good, with what ffmpeg says of it', async (_what, file, words) => {
    const error = await failure(file());
    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toMatch(words);
    expect(error.message).not.toMatch(/encode-video-|0x[0-9a-f]/);
  });

  test('does not read other files that the file names', async () => {
    const folder = await encoder.prepare();
    folders.push(folder);
    writeFileSync(join(folder, 'other.mp4'), aClip());
    const { signal } = new AbortController();
    const chunk = Buffer.from("ffconcat version 1.0\nfile 'other.mp4'\n");
    await encoder.append({ folder, chunk, signal });
    const encoding = {
      folder,
      signal,
      format: 'mp4',
      quality: 'low',
      height: 144,
      onSeconds: () => {},
    } as const;
    await expect(encoder.encode(encoding)).rejects.toThrow(PermanentError);
  });

  test('is ended when the signal is aborted', async () => {
    const controller = new AbortController();
    const reason = new Error('canceled');
    const commands: string[] = [];
    const onSeconds = () => {
      const [folder = ''] = folders.slice(-1);
      commands.push(...commandsIn(folder));
      controller.abort(reason);
    };
    const clip = aClip({ seconds: 30, size: '160x120' });
    expect(await failure(clip, { height: 720, signal: controller.signal, onSeconds })).toBe(reason);
    expect(commands).toEqual([expect.stringContaining('libx264')]);
    expect(commandsIn(folders.at(-1) ?? '')).toEqual([]);
  });
});

describe('a server', () => {
  test.each([
    ['has no ffmpeg', ffmpegEncoder({ searchPath: '/nowhere' }), 'ffprobe is not installed on this server'],
    [
      'has no disk left',
      withProgram('echo "av_write: No space left on device" >&2; exit 1'),
      'av_write: No space left on device',
    ],
    [
      'has no memory for the picture, of which ffmpeg does not speak last',
      withProgram('echo "x264 [error]: malloc of size 9 failed\nNothing was written" >&2; exit 1'),
      'x264 [error]: malloc of size 9 failed; Nothing was written',
    ],
    ['has no memory left', withProgram('kill -9 $$'), 'ffprobe was ended by the signal SIGKILL'],
  ])('that %s fails one attempt', async (_what, using, message) => {
    const error = await failure('a video', {}, using);
    expect(error.message).toBe(message);
    expect(error).not.toBeInstanceOf(PermanentError);
  });

  test('tells ffmpeg nothing of its environment but where programs are', async () => {
    const { message } = await failure(
      'a video',
      {},
      withProgram('env | cut -d= -f1 | sort | tr "\\n" " " >&2; exit 1'),
    );
    expect(message.split(' ')).toContain('PATH');
    expect(message).not.toMatch(/HOME|NODE|AWS|USER/);
  });
});
