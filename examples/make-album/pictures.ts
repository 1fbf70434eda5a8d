import { decode, encode } from 'jpeg-js';

/** A picture in memory: four bytes a pixel, row by row: red, green, blue, and one that is not used. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** What a worker's function has room for. */
const limits = { maxResolutionInMP: 25, maxMemoryUsageInMB: 300 };
const quality = 80;

/** @throws Error if it is no JPEG file, or is damaged, or has more than 25 million pixels */
export function readJpeg(file: Uint8Array): Picture {
  return decode(file, { ...limits, useTArray: true, tolerantDecoding: false });
}

export const writeJpeg = (picture: Picture): Uint8Array => encode(picture, quality).data;

/**
 * The same picture, so small that it fits into a square. Each of its pixels is the mean of those that it stands for.
 */
export function fitted(picture: Picture, size: number): Picture {
  const scale = Math.max(picture.width, picture.height) / size;
  if (scale <= 1) return picture;
  const width = Math.max(1, Math.round(picture.width / scale));
  const height = Math.max(1, Math.round(picture.height / scale));
  const data = new Uint8Array(4 * width * height);
  for (let y = 0; y < height; y += 1) {
    const rows = rangeOf(y, height, picture.height);
    for (let x = 0; x < width; x += 1)
      data.set(meanOf(picture, rangeOf(x, width, picture.width), rows), 4 * (y * width + x));
  }
  return { width, height, data };
}

type Range = readonly [from: number, to: number];

const rangeOf = (at: number, count: number, length: number): Range => {
  const from = Math.floor((at * length) / count);
  return [from, Math.max(from + 1, Math.floor(((at + 1) * length) / count))];
};

function meanOf({ width, data }: Picture, [left, right]: Range, [top, bottom]: Range): readonly number[] {
  let [red, green, blue] = [0, 0, 0];
  for (let y = top; y < bottom; y += 1)
    for (let at = 4 * (y * width + left); at < 4 * (y * width + right); at += 4) {
      red += data[at] ?? 0;
      green += data[at + 1] ?? 0;
      blue += data[at + 2] ?? 0;
    }
  const pixels = (right - left) * (bottom - top);
  return [red / pixels, green / pixels, blue / pixels, 255];
}

const white = 255;
const margin = 4;

/** One picture of many, side by side in rows, each in the middle of a square. */
export function contactSheet(pictures: readonly Picture[], size: number): Picture {
  const columns = Math.max(1, Math.ceil(Math.sqrt(pictures.length)));
  const rows = Math.max(1, Math.ceil(pictures.length / columns));
  const cell = size + 2 * margin;
  const sheet = { width: columns * cell, height: rows * cell };
  const data = new Uint8Array(4 * sheet.width * sheet.height).fill(white);
  for (const [number, { width, height, data: own }] of pictures.entries()) {
    const left = (number % columns) * cell + Math.floor((cell - width) / 2);
    const top = Math.floor(number / columns) * cell + Math.floor((cell - height) / 2);
    for (let y = 0; y < height; y += 1)
      data.set(own.subarray(4 * y * width, 4 * (y + 1) * width), 4 * ((top + y) * sheet.width + left));
  }
  return { ...sheet, data };
}

/** The longer side of a small image. */
export const thumbnailSize = 96;
