import { MillraceError } from '../../core/errors.ts';
import { AUDIO_TRACK } from '../../core/hls/paths.ts';
import { committedFiles, endedChunks } from '../../core/join/committed-files.ts';
import { partSizes } from '../../core/join/part-ranges.ts';
import { interleave } from '../../core/mp4/interleave.ts';
import { NotYet } from '../../core/not-yet.ts';
import type { Make, MakeContext } from '../../core/ports/work.ts';
import { type JoinTools, joinWhole } from './join-whole.ts';
import { placedIndexes, readHeads } from './read-heads.ts';
import { partTarget, uploadBeginning } from './upload-parts.ts';
import { openVirtualFile } from './virtual-file.ts';
import { writeJoinPlaylists } from './write-join-playlists.ts';

type SizesOf = typeof partSizes;

/** Share of the work that the chunks are, for progress. */
const CHUNKS_SHARE = 0.9;

/**
 * Puts a rendition of a chunked job together from the media files of its chunks, by copy, and writes its playlists;
 * the lowest rendition's task those of the sound, too. The MP4 is never written to scratch: its parts are uploaded as
 * its beginning becomes known, in whatever number of attempts.
 * @param sizesOf How an upload is divided; the same for all who work on a job.
 * @throws NotYet while chunks are missing, after uploading what can be
 * @throws MillraceError `output.invalid` when the pieces make no such rendition as was planned
 */
export function makeJoin(tools: JoinTools, sizesOf: SizesOf = partSizes): Make {
  return async (context) => {
    const { jobId, chunks, signal, onProgress } = context;
    const { rendition, chunkPlan } = plansOf(context);
    const picture = committedFiles(chunkPlan, chunks, rendition.name);
    const sound = committedFiles(chunkPlan, chunks, AUDIO_TRACK);
    const succeeded = chunks.filter(({ state }) => state === 'succeeded').length;
    onProgress((succeeded / Math.max(1, chunks.length)) * CHUNKS_SHARE);

    const heads = await readHeads(tools.outputs, jobId, [...picture.files, ...sound.files], signal);
    const pictureFiles = heads.slice(0, picture.files.length);
    const soundFiles = chunkPlan.audio === null ? null : heads.slice(picture.files.length);
    const target = partTarget(tools.uploads, jobId, rendition, sizesOf(context.plan, rendition));
    if (!picture.ended || !sound.ended) {
      const tracks = { picture: placedIndexes(pictureFiles), sound: soundFiles && placedIndexes(soundFiles) };
      const { pieces } = interleave({ ...tracks, complete: false });
      const media = openVirtualFile({ store: tools.outputs, jobId, head: new Uint8Array(0), pieces });
      await uploadBeginning(target, context, media);
      throw new NotYet(`Chunks of ${rendition.name} are missing.`, endedChunks(chunks));
    }
    const { output, warnings } = await joinWhole(tools, context, {
      ...{ target, rendition, picture: pictureFiles, sound: soundFiles },
      onProgress: (fraction) => onProgress(CHUNKS_SHARE + fraction * (1 - CHUNKS_SHARE)),
    });
    const playlists = await writeJoinPlaylists(context, rendition, {
      picture: pictureFiles,
      sound: soundFiles,
    });
    return { committed: [output], ...playlists, warnings };
  };
}

function plansOf({ plan, task }: MakeContext) {
  const rendition = plan.renditions.find(({ name }) => name === task.name);
  if (rendition === undefined || plan.chunks === null) {
    throw new MillraceError('infrastructure', `The plan of this job has no chunks of "${task.name}".`);
  }
  return { rendition, chunkPlan: plan.chunks };
}
