import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';

function isInstalled(): boolean {
  try {
    execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Where there is no ffmpeg, the tests that encode videos are skipped, and say so. */
export const describeWithFfmpeg = isInstalled()
  ? describe
  : (name: string, tests: () => void) => describe.skip(`${name} (skipped: ffmpeg is not installed)`, tests);

/** What ffmpeg makes with these arguments, as a file of this kind. */
function made(args: readonly string[], extension: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'clip-'));
  const file = join(folder, `clip.${extension}`);
  try {
    execFileSync('ffmpeg', ['-v', 'error', '-nostdin', ...args, file]);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const tone = (seconds: number) => ['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`];

/** A clip with a moving picture and a tone. */
export const aClip = ({ seconds = 2, size = '320x240', sound = true } = {}): Uint8Array =>
  made(
    [
      ...['-f', 'lavfi', '-i', `testsrc=duration=${seconds}:size=${size}:rate=25`],
      ...(sound ? tone(seconds) : []),
      ...['-preset', 'ultrafast'],
    ],
    'mp4',
  );

export const aTone = (): Uint8Array => made(tone(1), 'm4a');

const still = (size: string) => ['-f', 'lavfi', '-i', `color=size=${size}:duration=1:rate=1`];

/** A tone with the picture of its cover, as music has it: ffmpeg counts that among the videos. */
export const aToneWithCover = (): Uint8Array =>
  made(
    [
      ...still('64x48'),
      ...tone(1),
      '-map',
      '0',
      '-map',
      '1',
      '-c:v',
      'mjpeg',
      '-disposition:v',
      'attached_pic',
    ],
    'm4a',
  );

/** A video of one pixel. */
export const aPixel = (): Uint8Array => made([...still('1x1'), '-c:v', 'ffv1'], 'mkv');
