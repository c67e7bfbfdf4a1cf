import { join } from 'node:path';
import { PACKET_SAMPLES } from '../../core/chunks/audio-pieces.ts';
import { parseChunkName } from '../../core/chunks/chunk-names.ts';
import type { AudioPiecesPlan, ChunkPlan } from '../../core/chunks/chunk-plan.ts';
import { soundShortfall } from '../../core/chunks/sound-shortfall.ts';
import { MillraceError } from '../../core/errors.ts';
import { QUIET_ARGS } from '../../core/ffmpeg-input.ts';
import { AUDIO_TRACK, piecePath } from '../../core/hls/paths.ts';
import type { AudioPlan } from '../../core/plan.ts';
import type { Ffmpeg } from '../../core/ports/media.ts';
import type { Make, MakeContext } from '../../core/ports/work.ts';
import type { AudioStream } from '../../core/probe.ts';
import { NotSplittable } from '../../core/ranges/not-splittable.ts';
import { toNumber } from '../../core/rational.ts';
import { packageSound } from '../hls/package-sound.ts';
import type { Packaged } from '../hls/packaged.ts';
import { makeSoundFile, type SoundFile } from './make-sound-file.ts';
import { orNotSplittable } from './or-not-splittable.ts';

export interface AudioPieceTools {
  readonly ffmpeg: Ffmpeg;
}

/** Until the file is packaged and verified. */
const ENCODE_SHARE = 0.95;

/**
 * Makes one piece of a job's sound as a media file, verified: copied where the plan says so and the packets lie right,
 * else encoded.
 * @throws NotSplittable when the source shows any damage or does not hold what it declares
 */
export function makeAudioPiece({ ffmpeg }: AudioPieceTools): Make {
  return async (context) => {
    const piece = pieceOf(context);
    return orNotSplittable(context.signal, async () => {
      const onSeconds = (seconds: number) => {
        const { durationSeconds } = piece.audio;
        if (durationSeconds === null) return;
        const total = durationSeconds / piece.pieces.pieces;
        context.onProgress(Math.min(1, seconds / total) * ENCODE_SHARE);
      };
      const sound = await makeSoundFile(ffmpeg, context, piece, onSeconds);
      const packaged = await packagePiece(context, piece, sound);
      await checkPiece(ffmpeg, context, piece.audio, sound, packaged);
      return { files: [], media: [packaged.media], warnings: [] };
    });
  };
}

/** One piece of the sound, and what it is made from. */
export interface AudioPiece {
  readonly chunks: ChunkPlan;
  readonly plan: AudioPlan;
  readonly audio: AudioStream;
  readonly pieces: AudioPiecesPlan;
  readonly index: number;
}

function pieceOf({ task, plan, probe }: MakeContext): AudioPiece {
  const name = parseChunkName(task.name);
  const { chunks, audio: audioPlan } = plan;
  if (
    !chunks?.audio ||
    !audioPlan ||
    !probe.audio ||
    name?.kind !== 'audio' ||
    name.index >= chunks.audio.pieces
  ) {
    throw new MillraceError('infrastructure', `The plan of this job has no piece of sound "${task.name}".`);
  }
  return { chunks, plan: audioPlan, audio: probe.audio, pieces: chunks.audio, index: name.index };
}

async function packagePiece(
  { plan, scratch }: MakeContext,
  { chunks, index }: AudioPiece,
  { file, sampleRate, dropPackets, range }: SoundFile,
): Promise<Packaged> {
  const [lowest] = plan.renditions;
  if (lowest === undefined)
    throw new MillraceError('infrastructure', 'The plan of this job has no rendition.');
  return packageSound({
    ...{ file, sampleRate, dropPackets, packets: range.packets },
    outputFile: join(scratch, `${AUDIO_TRACK}-media.mp4`),
    path: piecePath(AUDIO_TRACK, index),
    firstPacket: range.first,
    segmentSeconds: chunks.segmentFrames / toNumber(lowest.frameRate),
  });
}

async function checkPiece(
  ffmpeg: Ffmpeg,
  { probe, signal }: MakeContext,
  audio: AudioStream,
  { sampleRate, range: { first, packets } }: SoundFile,
  { media, frames }: Packaged,
): Promise<void> {
  const where = `sound from packet ${first} on`;
  if (packets !== null && frames !== packets)
    throw new NotSplittable(`${frames} packets of ${where}, not ${packets}`);
  const shortfall =
    packets === null ? soundShortfall(audio, probe, ((first + frames) * PACKET_SAMPLES) / sampleRate) : null;
  if (shortfall !== null) throw new NotSplittable(shortfall);
  const args = [
    ...QUIET_ARGS,
    '-protocol_whitelist',
    'file',
    '-i',
    `file:${media.file}`,
    '-f',
    'null',
    '/dev/null',
  ];
  const run = await ffmpeg.run({ args, signal });
  if (run.errorCount > 0)
    throw new NotSplittable(`${where} does not decode: ${run.errors[0] ?? 'no message'}`);
}
