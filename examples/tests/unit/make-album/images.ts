import { writeJpeg } from '../../../make-album/pictures.ts';

/** A file that a person has in an album. */
export interface ImageFile {
  readonly name: string;
  readonly content: Uint8Array;
  readonly isBroken: boolean;
}

/** Files as they are found where images should be. */
const broken: readonly ((image: Uint8Array) => Uint8Array)[] = [
  // The transfer was cut off.
  (image) => image.subarray(0, Math.floor(image.length / 2)),
  (image) => image.subarray(0, 100),
  () => Buffer.from('GIF89a\x01\x00\x01\x00\x00\x00\x00;', 'latin1'),
  () => Buffer.from('<html><title>403 Forbidden</title></html>'),
  () => new Uint8Array(16),
];

/** Five are broken, evenly spread, or fewer of few. */
const isBrokenAt = (index: number, count: number): boolean =>
  index % Math.max(4, Math.floor(count / broken.length)) === 3;

/** Pictures of several sizes, no two of them the same, as JPEG files. */
export function anAlbum(count: number): readonly ImageFile[] {
  let brokenSoFar = 0;
  return Array.from({ length: count }, (_, index) => {
    const image = aJpeg(index);
    const name = `IMG_${String(index + 1).padStart(4, '0')}.jpg`;
    const spoil = isBrokenAt(index, count) ? broken[brokenSoFar] : undefined;
    if (!spoil) return { name, content: image, isBroken: false };
    brokenSoFar += 1;
    return { name, content: spoil(image), isBroken: true };
  });
}

const sizes = [
  [320, 240],
  [240, 320],
  [256, 256],
  [400, 150],
] as const;

/** Rings of a colour and a place of its own. */
export function aJpeg(seed: number): Uint8Array {
  const [width, height] = sizes[seed % sizes.length] ?? sizes[0];
  const data = new Uint8Array(4 * width * height);
  const [centerX, centerY] = [(seed * 37) % width, (seed * 53) % height];
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const ring = Math.sin(Math.hypot(x - centerX, y - centerY) / (4 + (seed % 9)));
      const light = Math.round(128 + 100 * ring);
      data.set([light, (light + seed * 29) % 256, (seed * 71) % 256, 255], 4 * (y * width + x));
    }
  return writeJpeg({ width, height, data });
}
