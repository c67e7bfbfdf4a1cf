import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PacketRange, pieceRange } from '../../core/chunks/audio-pieces.ts';
import type { AudioPiecesPlan } from '../../core/chunks/chunk-plan.ts';
import { packetPlaces, soundCopyArgs } from '../../core/chunks/sound-copy-args.ts';
import {
  isUnbroken,
  leadingPackets,
  pieceStart,
  type SoundPieceOptions,
  soundPieceArgs,
} from '../../core/chunks/sound-piece-args.ts';
import { MillraceError } from '../../core/errors.ts';
import type { AudioPlan } from '../../core/plan.ts';
import type { Ffmpeg } from '../../core/ports/media.ts';
import type { SourceContext } from '../../core/ports/work.ts';
import type { AudioStream } from '../../core/probe.ts';
import { NotSplittable } from '../../core/ranges/not-splittable.ts';
import { soundFileArgs } from '../../core/ranges/sound-file-args.ts';

/** An MP4 with sound alone, of which a piece is packaged. */
export interface SoundFile {
  /** Path. */
  readonly file: string;
  /** Hertz. */
  readonly sampleRate: number;
  /** Leading packets that are not of the piece; `priming`: as its edit list says. */
  readonly dropPackets: number | 'priming';
  /** Of the job's timeline, at this rate. */
  readonly range: PacketRange;
}

export interface SoundPiece {
  readonly plan: AudioPlan;
  readonly audio: AudioStream;
  readonly pieces: AudioPiecesPlan;
  readonly index: number;
}

/**
 * Copies or encodes the sound of a piece into scratch. Whether the source's packets can be copied is the same for all
 * pieces: a source in which they lie right in one part alone is not made in pieces.
 * @param onSeconds told how many seconds are made
 * @throws NotSplittable when the source shows damage or its clock jumps
 */
export async function makeSoundFile(
  ffmpeg: Ffmpeg,
  context: SourceContext,
  piece: SoundPiece,
  onSeconds: (seconds: number) => void,
): Promise<SoundFile> {
  const run = async (args: readonly string[]): Promise<void> => {
    const result = await ffmpeg.run({
      args,
      signal: context.signal,
      onProgress: ({ outSeconds }) => onSeconds(outSeconds),
    });
    if (result.errorCount > 0)
      throw new NotSplittable(`the sound is damaged: ${result.errors[0] ?? 'no message'}`);
  };
  const copied = piece.pieces.copy ? await copySound(run, context, piece) : null;
  if (copied !== null) return copied;
  return piece.pieces.pieces === 1 ? encodeWhole(run, context, piece) : encodePiece(run, context, piece);
}

type Run = (args: readonly string[]) => Promise<void>;

/** Null when the packets must be encoded anew to lie where the job's have to. */
async function copySound(
  run: Run,
  { input, scratch }: SourceContext,
  { plan, audio, pieces, index }: SoundPiece,
): Promise<SoundFile | null> {
  const range = pieceRange(pieces, index);
  const { sampleRate } = audio;
  const outputFile = join(scratch, 'copied.mp4');
  const packetsFile = join(scratch, 'packets.txt');
  await run(soundCopyArgs({ plan, input, range, sampleRate, outputFile, packetsFile }));
  const places = packetPlaces(await readFile(packetsFile, 'utf8'), range, sampleRate);
  if (places.kind === 'onGrid') return { file: outputFile, sampleRate, dropPackets: places.leading, range };
  // Another piece may have been copied before the gap, and must not stand beside one that is encoded.
  if (places.kind === 'broken' && pieces.pieces > 1)
    throw new NotSplittable(`the packets of the sound have a gap near packet ${range.first}`);
  return null;
}

async function encodeWhole(
  run: Run,
  { plan, probe, input, scratch }: SourceContext,
  { plan: audioPlan, pieces, index }: SoundPiece,
): Promise<SoundFile> {
  const file = join(scratch, 'sound.mp4');
  const args = soundFileArgs({ plan, probe, input, outputFile: file });
  if (args === null) throw new MillraceError('infrastructure', 'The plan of this job has no sound.');
  await run(args);
  const range = pieceRange(pieces, index);
  return { file, sampleRate: audioPlan.sampleRate, dropPackets: 'priming', range };
}

async function encodePiece(
  run: Run,
  { probe, input, scratch }: SourceContext,
  piece: SoundPiece,
): Promise<SoundFile> {
  const { plan, audio, pieces, index } = piece;
  const range = pieceRange(pieces, index, pieces.copy ? plan.sampleRate / audio.sampleRate : 1);
  const options: SoundPieceOptions = {
    ...{ plan, audio, probe, input, range },
    outputFile: join(scratch, 'sound.mp4'),
    framesFile: join(scratch, 'frames.txt'),
  };
  await run(soundPieceArgs(options));
  if (!isUnbroken(await readFile(options.framesFile, 'utf8'), pieceStart(options).source)) {
    throw new NotSplittable(`the clock of the sound jumps near packet ${range.first}`);
  }
  return {
    file: options.outputFile,
    sampleRate: plan.sampleRate,
    dropPackets: leadingPackets(range),
    range,
  };
}
