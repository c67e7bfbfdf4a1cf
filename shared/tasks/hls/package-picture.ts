import { open } from 'node:fs/promises';
import { keyframeRanges } from '../../core/mp4/keyframe-ranges.ts';
import { readMovieTrack } from '../../core/mp4/movie-track.ts';
import { pictureIndex } from '../../core/mp4/picture-index.ts';
import type { Rational } from '../../core/rational.ts';
import { describeMedia } from './describe-media.ts';
import type { Packaged } from './packaged.ts';
import { readMovie } from './read-movie.ts';
import { writeMedia } from './write-media.ts';

export interface PackagePictureRequest {
  /** Path of an MP4 that ffmpeg made, with one picture track; sound is ignored. */
  readonly file: string;
  /** To write. */
  readonly outputFile: string;
  readonly track: string;
  readonly path: string;
  readonly frameRate: Rational;
  readonly gopFrames: number;
  /** Whole GOPs. */
  readonly segmentFrames: number;
  /** Place of the first frame on the job's grid: whole segments. */
  readonly firstFrame: number;
}

/**
 * Packages the picture of an MP4 as a media file, by copy: see `MediaFile`.
 * @throws MillraceError `output.invalid` when its frames are not those of one constant rate in closed GOPs
 */
export async function packagePicture(request: PackagePictureRequest): Promise<Packaged> {
  const { gopFrames, segmentFrames, firstFrame, path, outputFile } = request;
  if (segmentFrames % gopFrames !== 0 || firstFrame % segmentFrames !== 0) {
    throw new RangeError(`frame ${firstFrame}, segments of ${segmentFrames}, GOPs of ${gopFrames}`);
  }
  const source = await open(request.file);
  try {
    const { moov, fileBytes } = await readMovie(source);
    const track = readMovieTrack(moov, 'picture', fileBytes);
    const index = pictureIndex(track, request);
    await writeMedia(source, outputFile, index, { offsets: track.samples.offsets });
    const place = { track: request.track, path, file: outputFile };
    return {
      media: describeMedia(index, place, segmentFrames / gopFrames),
      keyframes: keyframeRanges(index, path),
      frames: index.sizes.length,
    };
  } finally {
    await source.close();
  }
}
