import type { ChunkPlan } from '../chunks/chunk-plan.ts';
import { isTerminalJob, type JobHeader } from '../job.ts';
import type { Plan } from '../plan.ts';
import type { CommittedRuns } from './committed-run.ts';
import { listSegments } from './listed-segments.ts';
import { type ListedStream, masterPlaylist } from './master-playlist.ts';
import { measureBitrate } from './measure-bitrate.ts';
import type { MediaFile } from './media-file.ts';
import { mediaPlaylist } from './media-playlist.ts';
import { AUDIO_TRACK, MASTER_PATH, playlistPath } from './paths.ts';
import { segmentSeconds, targetSeconds } from './segment-grid.ts';

/** The plan of a job that is made in chunks. */
export type ChunkedPlan = Plan & { readonly chunks: ChunkPlan };

/**
 * The plan by which a job has begun to be made in chunks; null when it has not, or has ended. When a container takes
 * over, whoever watches still finds what there is, until the container's own playlists take its place.
 */
export function livePlan({ state, plan }: JobHeader): ChunkedPlan | null {
  if (isTerminalJob(state) || plan === null) return null;
  const { chunks } = plan;
  return chunks === null ? null : { ...plan, chunks };
}

/** Seconds of `maxBitrate` that the encoder may save up and spend at once: `-bufsize` over `-maxrate`. */
const BUFFER_SECONDS = 2;
/** What an encoder of constant bit rate and the fragments' headers may add. */
const SOUND_MARGIN = 1.1;

/**
 * The playlist at `path` while the job runs; undefined when it has none there or nothing to list yet.
 *
 * A media playlist lists what is committed without a gap, and only ever grows at its end; with the last chunk it is,
 * byte for byte, the one that is committed when the track is finished. The master playlist stands from the moment when
 * there is something to see and, where there is sound, to hear; it lasts, so it promises the bit rates that the plan
 * allows, not those seen so far.
 */
export function livePlaylist(path: string, plan: ChunkedPlan, runs: CommittedRuns): string | undefined {
  if (path === MASTER_PATH) return liveMaster(plan, runs);
  const track = tracksOf(plan).find((name) => playlistPath(name) === path);
  if (track === undefined) return undefined;
  const files = filesOf(track, runs);
  if (files.length === 0) return undefined;
  return mediaPlaylist({ files, targetSeconds: targetSeconds(plan), ended: isComplete(track, plan, runs) });
}

function liveMaster(plan: ChunkedPlan, runs: CommittedRuns): string | undefined {
  const sound = soundStream(plan, runs);
  if (sound === undefined) return undefined;
  const pictures = pictureStreams(plan, runs);
  return pictures.length === 0
    ? undefined
    : masterPlaylist([...pictures, ...(sound === null ? [] : [sound])]);
}

function pictureStreams(plan: ChunkedPlan, runs: CommittedRuns): readonly ListedStream[] {
  const burst = 1 + BUFFER_SECONDS / segmentSeconds(plan);
  return plan.renditions.flatMap(({ name, width, height, frameRate, maxBitrate }) => {
    const [first] = filesOf(name, runs);
    if (first === undefined) return [];
    const bitrate = { peak: atLeast(first, plan, maxBitrate * burst), average: null };
    const picture = { width, height, frameRate, keyframes: null };
    return [{ track: name, path: playlistPath(name), codecs: first.codecs, bitrate, picture }];
  });
}

/** Null: there will be none. Undefined: there is none yet. */
function soundStream(plan: ChunkedPlan, runs: CommittedRuns): ListedStream | null | undefined {
  if (plan.chunks.audio === null) return null;
  const [first] = filesOf(AUDIO_TRACK, runs);
  if (first === undefined) return undefined;
  const peak = atLeast(first, plan, (plan.audio?.bitrate ?? 0) * SOUND_MARGIN);
  const path = playlistPath(AUDIO_TRACK);
  return { track: AUDIO_TRACK, path, codecs: first.codecs, bitrate: { peak, average: null }, picture: null };
}

/** What is taken over as it is may have more than what is encoded. */
function atLeast(first: MediaFile, plan: ChunkedPlan, planned: number): number {
  return Math.ceil(Math.max(planned, measureBitrate(listSegments([first]), targetSeconds(plan)).peak));
}

function tracksOf({ renditions, chunks }: ChunkedPlan): readonly string[] {
  return [...renditions.map(({ name }) => name), ...(chunks.audio === null ? [] : [AUDIO_TRACK])];
}

function filesOf(track: string, runs: CommittedRuns): readonly MediaFile[] {
  const { chunks } = track === AUDIO_TRACK ? runs.audio : runs.picture;
  return chunks.flatMap(({ media }) => media.filter((file) => file.track === track));
}

function isComplete(track: string, { chunks }: ChunkedPlan, { picture, audio }: CommittedRuns): boolean {
  return track === AUDIO_TRACK
    ? audio.chunks.length === (chunks.audio?.pieces ?? 0)
    : picture.chunks.length === chunks.chunks;
}
