import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { liesOnGrid, soundCopyArgs } from '../../core/chunks/sound-copy-args.ts';
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
}

export interface SoundPiece {
  readonly plan: AudioPlan;
  readonly audio: AudioStream;
  readonly copy: boolean;
  readonly pieces: number;
  /** Place of its first packet on the job's timeline. */
  readonly first: number;
  /** Null: up to the end. */
  readonly packets: number | null;
}

/**
 * Copies or encodes the sound of a piece into scratch.
 * @param onSeconds told how many seconds are made
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
  const copied = piece.copy ? await copySound(run, context, piece) : null;
  if (copied !== null) return copied;
  return piece.pieces === 1 ? encodeWhole(run, context, piece) : encodePiece(run, context, piece);
}

type Run = (args: readonly string[]) => Promise<void>;

/** Null when the packets do not lie where the job's have to. */
async function copySound(
  run: Run,
  { input, scratch }: SourceContext,
  { plan, audio }: SoundPiece,
): Promise<SoundFile | null> {
  const outputFile = join(scratch, 'copied.mp4');
  const packetsFile = join(scratch, 'packets.txt');
  await run(soundCopyArgs({ plan, input, outputFile, packetsFile }));
  const isFit = liesOnGrid(await readFile(packetsFile, 'utf8'), audio.sampleRate);
  return isFit ? { file: outputFile, sampleRate: audio.sampleRate, dropPackets: 'priming' } : null;
}

async function encodeWhole(
  run: Run,
  { plan, probe, input, scratch }: SourceContext,
  { plan: audioPlan }: SoundPiece,
): Promise<SoundFile> {
  const file = join(scratch, 'sound.mp4');
  const args = soundFileArgs({ plan, probe, input, outputFile: file });
  if (args === null) throw new MillraceError('infrastructure', 'The plan of this job has no sound.');
  await run(args);
  return { file, sampleRate: audioPlan.sampleRate, dropPackets: 'priming' };
}

async function encodePiece(
  run: Run,
  { probe, input, scratch }: SourceContext,
  piece: SoundPiece,
): Promise<SoundFile> {
  const { plan, audio, first, packets } = piece;
  const options: SoundPieceOptions = {
    ...{ plan, audio, probe, input, range: { first, packets } },
    outputFile: join(scratch, 'sound.mp4'),
    framesFile: join(scratch, 'frames.txt'),
  };
  await run(soundPieceArgs(options));
  if (!isUnbroken(await readFile(options.framesFile, 'utf8'), pieceStart(options).source)) {
    throw new NotSplittable(`the clock of the sound jumps near packet ${first}`);
  }
  return {
    file: options.outputFile,
    sampleRate: plan.sampleRate,
    dropPackets: leadingPackets(options.range),
  };
}
