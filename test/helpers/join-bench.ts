import { mkdtemp, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { digestFile } from '../../shared/adapters/digest-file.ts';
import { createFfmpeg } from '../../shared/adapters/ffmpeg.ts';
import { createFfprobe } from '../../shared/adapters/ffprobe.ts';
import { createFilePartUploads } from '../../shared/adapters/file-part-uploads.ts';
import { createFileStore } from '../../shared/adapters/file-store.ts';
import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';
import { createMediaOpener } from '../../shared/adapters/media-opener.ts';
import { createImages } from '../../shared/adapters/sharp-images.ts';
import { chunkName } from '../../shared/core/chunks/chunk-names.ts';
import { piecePath } from '../../shared/core/hls/paths.ts';
import type { Output, Task } from '../../shared/core/job.ts';
import { outputKey } from '../../shared/core/keys.ts';
import type { Plan } from '../../shared/core/plan.ts';
import type { MadeMedia, MakeContext } from '../../shared/core/ports/work.ts';
import type { Probe } from '../../shared/core/probe.ts';
import { packagePicture } from '../../shared/tasks/hls/package-picture.ts';
import { packageSound } from '../../shared/tasks/hls/package-sound.ts';
import type { JoinTools } from '../../shared/tasks/join/join-whole.ts';
import type { StoryboardTools } from '../../shared/tasks/make-storyboard.ts';
import { PLAN, SOURCE, task } from '../fixtures/jobs.ts';
import { type ClipFolder, H264 } from './clips.ts';
import { countedPicture } from './counted-clip.ts';

export const JOB = 'job-1';
const RATE = { num: 25, den: 1 };
/** Segments of two GOPs; chunks of two segments, of which the first has one. */
const GOP = 10;
const SEGMENT = 20;
const FRAMES = 110;
const SEGMENT_SECONDS = SEGMENT / 25;
const PACKETS = Math.round((FRAMES / 25) * (48_000 / 1024));
const FIRST_PACKETS = 75;

/** Of a constant quantizer, so that the frames of a GOP come out the same whatever stands around it. */
const ENCODING = [
  ...[...H264, '-preset', 'veryfast', '-profile:v', 'high', '-bf', '2', '-qp', '30'],
  ...['-x264-params', `keyint=${GOP}:min-keyint=${GOP}:scenecut=0:open-gop=0:b-adapt=0`],
];

export interface JoinBench {
  /** Encoded in one piece. */
  readonly whole: string;
  readonly plan: Plan;
  readonly probe: Probe;
  /** Those of the picture, then those of the sound. */
  readonly chunks: readonly Task[];
  readonly tools: JoinTools & StoryboardTools;
  /** A job of its own with the same chunks, whose tasks keep what they note. */
  open(jobId: string, name?: string): Promise<JoinJob>;
}

export interface JoinJob {
  /** What the task's record has. */
  task: Task;
  readonly early: Output[];
  /** Of a fresh attempt that sees so many chunks. */
  context(chunks?: readonly Task[]): Promise<MakeContext>;
}

/** All that joining takes, with the real programs and a clip of 4.4 s in chunks. */
export async function openJoinBench(clips: ClipFolder): Promise<JoinBench> {
  const whole = await clips.make('whole.mp4', [
    ...countedPicture('25', FRAMES / 25),
    ...['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${FRAMES / 25}`],
    ...ENCODING,
  ]);
  const binaries = await findMediaBinaries({
    ffmpeg: process.env['FFMPEG_PATH'],
    ffprobe: process.env['FFPROBE_PATH'],
  });
  const probeTool = createFfprobe({
    program: binaries.ffprobe,
    limits: { maxPixels: 40_000_000, maxSeconds: 21_600 },
  });
  const outputs = createFileStore(clips.path, 'outputs');
  const probe = await probeTool.probe({ url: `file:${whole}`, protocols: 'file' });
  const media = [...(await pictureChunks(clips)), ...(await soundPieces(clips, whole))];
  const chunks = await Promise.all(
    media.map(async ({ file, ...facts }, place) => {
      const kind = facts.track === 'audio' ? 'audio' : 'picture';
      const index = kind === 'audio' ? place - 3 : place;
      const digest = await digestFile(file);
      const state = 'succeeded' as const;
      return task(chunkName({ kind, index }), { state, media: [{ ...facts, ...digest }] });
    }),
  );
  const plan: Plan = {
    ...{ ...PLAN, durationSeconds: FRAMES / 25, gopsPerSegment: SEGMENT / GOP },
    renditions: PLAN.renditions
      .slice(0, 1)
      .map((rendition) => ({ ...rendition, width: 160, height: 120, frameRate: RATE, gopFrames: GOP })),
    thumbnails: {
      poster: { width: 160, height: 120 },
      storyboard: { intervalSeconds: 0.8, tileWidth: 80, tileHeight: 60, columns: 5, rows: 5 },
    },
    chunks: {
      ...{ segmentFrames: SEGMENT, segmentsPerChunk: 2, chunks: 3, declaredFrames: FRAMES },
      audio: { copy: false, packetsPerPiece: FIRST_PACKETS, pieces: 2 },
    },
  };
  const tools = {
    ...{ probe: probeTool, ffmpeg: createFfmpeg({ program: binaries.ffmpeg }), images: createImages() },
    ...{ openMedia: createMediaOpener(clips.path), outputs },
    uploads: createFilePartUploads(clips.path, 'outputs'),
  };

  async function open(jobId: string, name = '480p'): Promise<JoinJob> {
    for (const { path, file } of media) {
      await outputs.put(outputKey(jobId, path), file, { contentType: '', sha256: '', attempt: 1 });
    }
    const job: JoinJob = {
      task: task(name, { lane: 'chunked' }),
      early: [],
      async context(seen = chunks) {
        return {
          ...{ jobId, source: { ...SOURCE, size: (await stat(whole)).size }, probe, plan },
          ...{ input: { url: `file:${whole}`, protocols: 'file' }, committed: [] },
          ...{ task: job.task, chunks: seen, scratch: await mkdtemp(join(clips.path, 'scratch-')) },
          ...{ signal: new AbortController().signal, onProgress: () => undefined },
          async commitEarly(files) {
            for (const { file, ...made } of files) {
              job.early.push({ ...made, ...(await digestFile(file)), bitrate: null });
            }
            job.task = { ...job.task, outputs: job.early };
          },
          async noteUpload(upload) {
            job.task = { ...job.task, upload };
          },
        };
      },
    };
    return job;
  }
  return { whole, plan, probe, chunks, tools, open };
}

async function pictureChunks(clips: ClipFolder): Promise<MadeMedia[]> {
  const bounds = [0, SEGMENT, 3 * SEGMENT, FRAMES];
  const packaged = bounds.slice(0, -1).map(async (firstFrame, index) => {
    const frames = `trim=start_frame=${firstFrame}:end_frame=${bounds[index + 1]},setpts=PTS-STARTPTS`;
    const file = await clips.make(`chunk-${index}.mp4`, [
      ...countedPicture('25', FRAMES / 25),
      ...['-vf', frames, ...ENCODING],
    ]);
    const { media } = await packagePicture({
      ...{ file, outputFile: join(clips.path, `chunk-${index}-media.mp4`) },
      ...{ track: '480p', path: piecePath('480p', index) },
      ...{ frameRate: RATE, gopFrames: GOP, segmentFrames: SEGMENT, firstFrame },
    });
    return media;
  });
  return Promise.all(packaged);
}

async function soundPieces(clips: ClipFolder, whole: string): Promise<MadeMedia[]> {
  const pieces = [
    { firstPacket: 0, dropPackets: 'priming', packets: FIRST_PACKETS },
    { firstPacket: FIRST_PACKETS, dropPackets: FIRST_PACKETS + 1, packets: PACKETS },
  ] as const;
  const packaged = pieces.map(async (piece, index) => {
    const { media } = await packageSound({
      ...{ ...piece, file: whole, outputFile: join(clips.path, `sound-${index}.mp4`) },
      ...{ path: piecePath('audio', index), sampleRate: 48_000, segmentSeconds: SEGMENT_SECONDS },
    });
    return media;
  });
  return Promise.all(packaged);
}
