import { AUDIO_TRACK } from '../../core/hls/paths.ts';
import { targetSeconds } from '../../core/hls/segment-grid.ts';
import { keyframeRanges } from '../../core/mp4/keyframe-ranges.ts';
import type { RenditionPlan } from '../../core/plan.ts';
import type { Made, MakeContext } from '../../core/ports/work.ts';
import { writePlaylists } from '../hls/write-playlists.ts';
import type { IndexedFile } from './read-heads.ts';

export interface JoinedTracks {
  /** All of them, in the order of time. */
  readonly picture: readonly IndexedFile[];
  /** Null: no sound. */
  readonly sound: readonly IndexedFile[] | null;
}

/** Writes the playlists of a rendition whose chunks are all there; of the lowest, those of the sound, too. */
export async function writeJoinPlaylists(
  { plan, scratch }: Pick<MakeContext, 'plan' | 'scratch'>,
  { name, width, height, frameRate }: RenditionPlan,
  { picture, sound }: JoinedTracks,
): Promise<Required<Pick<Made, 'files' | 'streams'>>> {
  const shared = { directory: scratch, targetSeconds: targetSeconds(plan) };
  const ofPicture = await writePlaylists({
    ...{ ...shared, track: name, files: picture.map(({ file }) => file) },
    keyframes: picture.flatMap(({ file, index }) => keyframeRanges(index, file.path)),
    picture: { width, height, frameRate },
  });
  if (sound === null || plan.renditions[0]?.name !== name) {
    return { files: ofPicture.files, streams: [ofPicture.stream] };
  }
  const ofSound = await writePlaylists({
    ...{ ...shared, track: AUDIO_TRACK, files: sound.map(({ file }) => file) },
    ...{ keyframes: [], picture: null },
  });
  return {
    files: [...ofPicture.files, ...ofSound.files],
    streams: [ofPicture.stream, ofSound.stream],
  };
}
