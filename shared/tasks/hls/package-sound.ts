import { open } from 'node:fs/promises';
import { AUDIO_TRACK } from '../../core/hls/paths.ts';
import { readMovieTrack } from '../../core/mp4/movie-track.ts';
import { soundIndex } from '../../core/mp4/sound-index.ts';
import { describeMedia } from './describe-media.ts';
import type { Packaged } from './packaged.ts';
import { readMovie } from './read-movie.ts';
import { writeMedia } from './write-media.ts';

export interface PackageSoundRequest {
  /** Path of an MP4 that ffmpeg made, with one track of AAC; a picture is ignored. */
  readonly file: string;
  /** To write. */
  readonly outputFile: string;
  readonly path: string;
  /** Samples per second, which the file must have. */
  readonly sampleRate: number;
  /** Place of the first kept packet on the job's timeline. */
  readonly firstPacket: number;
  /**
   * Leading packets of the file that are in no segment; `priming`: as its edit list says, the packet nearest to time 0 is
   * the first. Before the first of the job's timeline they are kept to lead in.
   */
  readonly dropPackets: number | 'priming';
  /** Kept at most; null: all. */
  readonly packets: number | null;
  /** Boundaries lie at the packets nearest to multiples of it, counted from the job's zero. */
  readonly segmentSeconds: number;
}

/**
 * Packages the sound of an MP4 as a media file, by copy: see `MediaFile`.
 * @throws MillraceError `output.invalid` when its packets do not follow one another
 */
export async function packageSound(request: PackageSoundRequest): Promise<Packaged> {
  const { path, outputFile } = request;
  const source = await open(request.file);
  try {
    const { moov, fileBytes } = await readMovie(source);
    const { index, ...offsets } = soundIndex(readMovieTrack(moov, 'sound', fileBytes), request);
    await writeMedia(source, outputFile, index, offsets);
    const place = { track: AUDIO_TRACK, path, file: outputFile };
    return { media: describeMedia(index, place, 1), keyframes: [], frames: index.sizes.length };
  } finally {
    await source.close();
  }
}
