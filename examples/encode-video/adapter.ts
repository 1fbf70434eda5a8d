import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { readJson } from '../../shared/author/index.ts';
import type { Encoder, Encoding, VideoFacts } from './handler.ts';
import { type FfmpegSettings, runFfmpeg, UnusableVideoError } from './run-ffmpeg.ts';

/**
 * A file of one of these formats has its content in itself. Others, such as playlists, name files and addresses that
 * are to be read in its place. https://ffmpeg.org/ffmpeg-formats.html, `format_whitelist`
 */
const demuxers =
  'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,flv,ogg,asf,mxf,ivf,gif,dv';
const reading = ['-protocol_whitelist', 'file', '-format_whitelist', demuxers];

/** What a smaller figure makes better: https://trac.ffmpeg.org/wiki/Encode/H.264#crf, .../Encode/VP9#constantq */
const rateFactors = {
  mp4: { low: '28', medium: '23', high: '18' },
  webm: { low: '40', medium: '33', high: '24' },
};
const codecs = {
  mp4: ['-c:v', 'libx264', '-c:a', 'aac', '-movflags', '+faststart', '-f', 'mp4'],
  webm: [
    '-c:v',
    'libvpx-vp9',
    '-b:v',
    '0',
    '-cpu-used',
    '4',
    '-row-mt',
    '1',
    '-c:a',
    'libopus',
    '-f',
    'webm',
  ],
};
const chunkBytes = 1024 * 1024;

const probed = z.object({
  streams: z.array(z.object({ width: z.optional(z.int()), height: z.optional(z.int()) })),
  format: z.object({ duration: z.optional(z.coerce.number()) }),
});

const sourceIn = (folder: string): string => join(folder, 'source');
const encodedIn = (folder: string): string => join(folder, 'encoded');

/** Encodes by the ffmpeg that this machine has, in a folder for temporary files. */
export function ffmpegEncoder(settings: FfmpegSettings): Encoder {
  const probe = async (file: string, signal: AbortSignal): Promise<VideoFacts> => {
    const lines: string[] = [];
    const asked = ['-select_streams', 'V:0', '-show_entries', 'format=duration:stream=width,height'];
    const args = ['-v', 'error', ...asked, '-of', 'json', ...reading, file];
    await runFfmpeg('ffprobe', { args, file, signal, onLine: (line) => lines.push(line) }, settings);
    return factsIn(lines.join(' '));
  };
  return {
    prepare: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'encode-video-'));
      // An object without content has no chunks.
      await writeFile(sourceIn(folder), '');
      return folder;
    },
    append: ({ folder, chunk, signal }) => writeFile(sourceIn(folder), chunk, { flag: 'a', signal }),
    async encode(encoding) {
      const { folder, signal, onSeconds } = encoding;
      const file = sourceIn(folder);
      const { seconds: all } = await probe(file, signal);
      const onLine = (line: string): void => {
        const [, microseconds] = /^out_time_us=(\d+)$/.exec(line) ?? [];
        if (microseconds !== undefined) onSeconds(Number(microseconds) / 1e6, all);
      };
      await runFfmpeg('ffmpeg', { args: argumentsFor(encoding), file, signal, onLine }, settings);
      return probe(encodedIn(folder), signal);
    },
    open: async ({ folder, signal }) =>
      createReadStream(encodedIn(folder), { highWaterMark: chunkBytes, signal }),
    remove: (folder) => rm(folder, { recursive: true, force: true }),
  };
}

/**
 * One video and one audio stream: the first of the source. `V` leaves out the picture of a cover, which `v` does not.
 */
function argumentsFor({ folder, format, height, quality }: Encoding): readonly string[] {
  // Both codecs want even sizes.
  const scale = height === undefined ? 'trunc(iw/2)*2:trunc(ih/2)*2' : `-2:${height - (height % 2)}`;
  return [
    ...['-nostdin', '-y', '-v', 'error', '-nostats', '-progress', 'pipe:1'],
    ...[...reading, '-i', sourceIn(folder)],
    ...['-map', '0:V:0', '-map', '0:a:0?', '-vf', `scale=${scale}`, '-pix_fmt', 'yuv420p'],
    ...['-crf', rateFactors[format][quality], ...codecs[format]],
    encodedIn(folder),
  ];
}

function factsIn(text: string): VideoFacts {
  const { streams, format } = probed.parse(readJson(text));
  const { width, height } = streams[0] ?? {};
  if (width === undefined || height === undefined)
    throw new UnusableVideoError('there is no video in the file');
  return { seconds: format.duration ?? null, width, height };
}
