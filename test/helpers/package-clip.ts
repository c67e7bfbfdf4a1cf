import { open, readFile, writeFile } from 'node:fs/promises';
import type { PlacedIndex } from '../../shared/core/mp4/interleave.ts';
import { parseMediaHead } from '../../shared/core/mp4/media-head.ts';
import { progressiveLayout } from '../../shared/core/mp4/progressive-layout.ts';
import type { Rational } from '../../shared/core/rational.ts';
import { packagePicture } from '../../shared/tasks/hls/package-picture.ts';
import { type PackageSoundRequest, packageSound } from '../../shared/tasks/hls/package-sound.ts';
import type { Packaged } from '../../shared/tasks/hls/packaged.ts';
import { ffmpeg, H264 } from './clips.ts';

/** Frames of a GOP of {@link CLOSED_GOPS}; segments have two. */
export const GOP = 24;
/** H.264 with B-frames in closed GOPs, and AAC. */
export const CLOSED_GOPS = [
  ...[...H264, '-preset', 'veryfast', '-profile:v', 'high', '-bf', '3', '-g', `${GOP}`],
  ...['-keyint_min', `${GOP}`, '-sc_threshold', '0', '-flags:v', '+cgop'],
];

export const packageClip = (file: string, frameRate: Rational, firstFrame = 0): Promise<Packaged> =>
  packagePicture({
    ...{ file, outputFile: `${file}.picture.mp4`, track: '480p', path: 'hls/480p/media.mp4' },
    ...{ frameRate, gopFrames: GOP, segmentFrames: GOP * 2, firstFrame },
  });

export const packageSoundOf = (
  file: string,
  name: string,
  changes: Partial<PackageSoundRequest> = {},
): Promise<Packaged> =>
  packageSound({
    ...{ file, outputFile: `${file}.${name}.mp4`, path: `hls/audio/${name}.mp4`, sampleRate: 48_000 },
    ...{ firstPacket: 0, dropPackets: 'priming', packets: null, segmentSeconds: 2, ...changes },
  });

/** The progressive file that pieces make, written. */
export async function joinPackaged(
  picture: readonly Packaged[],
  sound: readonly Packaged[] | null,
  outputFile: string,
): Promise<void> {
  const layout = progressiveLayout({
    picture: await Promise.all(picture.map(place)),
    sound: sound && (await Promise.all(sound.map(place))),
  });
  await writeFile(outputFile, layout.head());
  const output = await open(outputFile, 'a');
  for (const { path, offset, bytes } of layout.pieces) {
    await output.write((await readFile(path)).subarray(offset, offset + bytes));
  }
  await output.close();
}

async function place({ media }: Packaged): Promise<PlacedIndex> {
  const bytes = await readFile(media.file);
  return { path: media.file, index: parseMediaHead(bytes.subarray(0, media.mediaOffset)) };
}

/** A hash of each decoded frame. */
export async function frameHashes(file: string, program?: string): Promise<string[]> {
  const list = await ffmpeg(['-i', file, '-map', '0:v', '-vsync', '0', '-f', 'framemd5', '-'], program);
  return list
    .toString()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(',').at(-1)?.trim() ?? '');
}

/** Decoded sound, 16 bits a sample. */
export function decodedSound(file: string, program?: string): Promise<Buffer> {
  return ffmpeg(['-i', file, '-map', '0:a', '-f', 's16le', '-'], program);
}
