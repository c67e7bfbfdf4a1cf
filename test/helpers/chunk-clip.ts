import { mkdir, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFfmpeg } from '../../shared/adapters/ffmpeg.ts';
import { createFfprobe } from '../../shared/adapters/ffprobe.ts';
import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';
import { chunkName, parseChunkName } from '../../shared/core/chunks/chunk-names.ts';
import type { ChunkPlan } from '../../shared/core/chunks/chunk-plan.ts';
import { type ChunkLengths, planChunks } from '../../shared/core/chunks/plan-chunks.ts';
import type { Profile } from '../../shared/core/ladder.ts';
import { ladderArgs } from '../../shared/core/ladder-args.ts';
import type { Plan } from '../../shared/core/plan.ts';
import { planJob } from '../../shared/core/plan-job.ts';
import type { Ffmpeg, MediaInput } from '../../shared/core/ports/media.ts';
import type { Made, MadeMedia, MakeContext } from '../../shared/core/ports/work.ts';
import type { Probe } from '../../shared/core/probe.ts';
import { makeAudioPiece } from '../../shared/tasks/chunks/make-audio-piece.ts';
import { makeChunk } from '../../shared/tasks/chunks/make-chunk.ts';
import { SOURCE, task } from '../fixtures/jobs.ts';
import { FAST_PROFILE } from './render-clip.ts';

export interface ChunkOptions extends Partial<ChunkLengths> {
  /** Default: the fast one. */
  readonly profile?: Profile;
  /** Another build of ffmpeg; default: what `FFMPEG_PATH` names, else the installed one. */
  readonly program?: string | undefined;
}

export interface ChunkTools {
  readonly ffmpeg: Ffmpeg;
  readonly probe: Probe;
  readonly plan: Plan;
  readonly chunks: ChunkPlan;
  readonly input: MediaInput;
  /** Directory of its own. */
  readonly folder: string;
}

/** What it takes to make a local file chunk by chunk, with the real binaries and a new directory beside it. */
export async function openForChunks(source: string, options: ChunkOptions = {}): Promise<ChunkTools> {
  const program = options.program ?? process.env['FFMPEG_PATH'];
  const binaries = await findMediaBinaries({ ffmpeg: program, ffprobe: process.env['FFPROBE_PATH'] });
  const limits = { maxPixels: 40_000_000, maxSeconds: 21_600 };
  const input = { url: `file:${source}`, protocols: 'file' };
  const probe = await createFfprobe({ program: binaries.ffprobe, limits }).probe(input);
  const { profile = FAST_PROFILE, gopsPerSegment = 3, segmentsPerChunk = 1 } = options;
  const planned = planJob(probe, profile, 'hash');
  const chunks = planChunks(probe, planned, { gopsPerSegment, segmentsPerChunk, isSparse: false });
  const folder = await mkdtemp(`${source}.chunks-`);
  const tools = { ffmpeg: createFfmpeg({ program: binaries.ffmpeg }), probe, input, folder };
  return { ...tools, plan: { ...planned, chunks }, chunks };
}

/** Makes one chunk, or one piece of sound, by its name. */
export async function makePart(tools: ChunkTools, name: string): Promise<Made> {
  const scratch = await mkdtemp(join(tools.folder, `${name}-`));
  const context: MakeContext = {
    ...{ jobId: 'job-1', probe: tools.probe, plan: tools.plan, input: tools.input, scratch },
    source: { ...SOURCE, size: (await stat(tools.input.url.slice('file:'.length))).size },
    task: task(name, { lane: 'chunked', attempt: 1 }),
    ...{ chunks: [], committed: [], signal: new AbortController().signal },
    onProgress: () => undefined,
    commitEarly: () => Promise.resolve(),
    noteUpload: () => Promise.resolve(),
  };
  const isSound = parseChunkName(name)?.kind === 'audio';
  const made = isSound ? makeAudioPiece(tools) : makeChunk({ ...tools, vcpus: 1 });
  return made(context);
}

export interface MadeClip {
  /** Of the lowest rendition, one after another. */
  readonly picture: readonly MadeMedia[];
  readonly sound: readonly MadeMedia[];
  /** Paths of the fragments of each track in one file; null: no sound. */
  readonly pictureFile: string;
  readonly soundFile: string | null;
}

/** Makes all chunks and pieces of sound, and puts the fragments of each track behind one another. */
export async function makeAllParts(tools: ChunkTools): Promise<MadeClip> {
  const { chunks, folder } = tools;
  const names = (kind: 'picture' | 'audio', count: number) =>
    Array.from({ length: count }, (_, index) => chunkName({ kind, index }));
  const all = async (list: readonly string[]) => {
    const made: MadeMedia[] = [];
    for (const name of list) {
      const [lowest] = (await makePart(tools, name)).media ?? [];
      if (lowest === undefined) throw new Error(`${name} made nothing`);
      made.push(lowest);
    }
    return made;
  };
  const picture = await all(names('picture', chunks.chunks));
  const sound = await all(names('audio', chunks.audio?.pieces ?? 0));
  await mkdir(join(folder, 'joined'));
  const pictureFile = await joined(picture, join(folder, 'joined', 'picture.mp4'));
  const soundFile = sound.length === 0 ? null : await joined(sound, join(folder, 'joined', 'sound.mp4'));
  return { picture, sound, pictureFile, soundFile };
}

/** As a player puts them together: the header of the first file, and the segments of all. */
async function joined(media: readonly MadeMedia[], file: string): Promise<string> {
  const parts: Buffer[] = [];
  for (const [index, { file: piece, headerBytes, mediaOffset }] of media.entries()) {
    const bytes = await readFile(piece);
    if (index === 0) parts.push(bytes.subarray(0, headerBytes));
    parts.push(bytes.subarray(mediaOffset));
  }
  await writeFile(file, Buffer.concat(parts));
  return file;
}

/** What one process makes of the same source: path of an MP4 with the lowest rendition and the sound. */
export async function makeWhole({ ffmpeg, probe, plan, input, folder }: ChunkTools): Promise<string> {
  const file = join(folder, 'whole.mp4');
  const [rendition] = plan.renditions;
  if (rendition === undefined) throw new Error('the plan has no rendition');
  const threads = { decoder: 1, encoder: 1 };
  const outputs = [{ rendition, file }];
  await ffmpeg.run({ args: ladderArgs({ plan, probe, input, outputs, sound: true, stills: null, threads }) });
  return file;
}
