import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChunkTools, makeAllParts, makeWhole, openForChunks } from '../helpers/chunk-clip.ts';
import { type ClipFolder, createClipFolder, H264, picture } from '../helpers/clips.ts';
import { packetsOf } from '../helpers/counted-clip.ts';
import { FFMPEG_BUILDS } from '../helpers/ffmpeg-builds.ts';
import { errorAround, samplesOf } from '../helpers/sound-samples.ts';

let clips: ClipFolder;
beforeAll(async () => {
  clips = await createClipFolder();
});
afterAll(() => clips.remove());

const SWEEP = [
  ...picture({ size: '64x36', rate: '10', seconds: 24 }),
  '-f',
  'lavfi',
  '-i',
  "aevalsrc='0.25*sin(2*PI*(200*t+30*t*t))|0.25*sin(2*PI*(300*t+25*t*t))':s=48000:d=24",
];

describe.each(FFMPEG_BUILDS)('pieces of sound made by the $build build', ({ program }) => {
  it.each([
    ['aac-48.mp4', ['-c:a', 'aac', '-b:a', '256k']],
    ['aac-44.mp4', ['-ar', '44100', '-c:a', 'aac', '-b:a', '256k']],
    ['pcm.mov', ['-c:a', 'pcm_s16le']],
    ['six-channels.mp4', ['-ac', '6', '-c:a', 'ac3', '-b:a', '448k']],
  ])('join pieces of a sweep of %s without a step', async (name, codec) => {
    const source = await clips.make(name, [...SWEEP, ...H264, ...codec]);
    const tools = inPieces(await openForChunks(source, { program }), false);
    const { soundFile } = await makeAllParts(tools);
    const whole = await makeWhole(tools);
    expect((await soundOf(soundFile ?? '')).length).toBe((await soundOf(whole)).length - 1);
    const [original, ours, theirs] = [
      await samplesOf(source),
      await samplesOf(soundFile ?? ''),
      await samplesOf(whole),
    ];
    for (const join of [1, 2, 3].map((piece) => piece * 281 * 1024)) {
      // Of 16 bits: encodes differ by how they spend their bits; one sample too many shows as 600 to 1,700.
      expect(errorAround(ours, original, join)).toBeLessThan(errorAround(theirs, original, join) * 2 + 400);
    }
  });

  it.each(['44100', '48000'])('copy AAC of %s Hz in pieces, packet by packet', async (rate) => {
    const source = await clips.make(`copied-${rate}.mp4`, [...SWEEP, ...H264, '-ar', rate]);
    const tools = inPieces(await openForChunks(source, { program }), true);
    const { sound, soundFile } = await makeAllParts(tools);
    expect(sound.map(({ start, timescale }) => [start, timescale])).toEqual(
      [0, 281, 562, 843].map((packet) => [packet * 1024, Number(rate)]),
    );
    expect(await soundOf(soundFile ?? '')).toEqual((await soundOf(source)).slice(1));
    const [ours, theirs] = [await samplesOf(soundFile ?? ''), await samplesOf(source)];
    for (const packet of [281, 562, 843]) {
      const at = Math.round((packet * 1024 * 48_000) / Number(rate));
      // Rounded otherwise at most; one sample too many shows as 900 and more.
      expect(errorAround(ours, theirs, at)).toBeLessThan(2);
    }
  });

  it('encode pieces of AAC whose packets lie beside the grid', async () => {
    const grid = await clips.make('copied-44100.mp4', [...SWEEP, ...H264, '-ar', '44100']);
    const source = grid.replace('copied', `beside-${program === undefined ? 'a' : 'b'}`);
    await writeFile(source, withPriming(await readFile(grid), 2112));
    const opened = await openForChunks(source, { program });
    expect(opened.chunks.audio?.copy).toBe(true);
    const tools = inPieces(opened, true);
    const { sound, soundFile } = await makeAllParts(tools);
    // As long as 281 packets of 44.1 kHz.
    expect(sound.map(({ start, timescale }) => [start, timescale])).toEqual(
      [0, 306, 612, 918].map((packet) => [packet * 1024, 48_000]),
    );
    const [original, ours] = [await samplesOf(source), await samplesOf(soundFile ?? '')];
    for (const packet of [306, 612, 918])
      expect(errorAround(ours, original, packet * 1024)).toBeLessThan(1200);
  });
});

/** One chunk of picture, four pieces of sound. */
function inPieces(tools: ChunkTools, copy: boolean): ChunkTools {
  const chunks = { ...tools.chunks, chunks: 1, audio: { copy, packetsPerPiece: 281, pieces: 4 } };
  return { ...tools, chunks, plan: { ...tools.plan, chunks } };
}

/** An MP4 whose sound, the last track, begins so many samples behind its first packet's begin. */
function withPriming(movie: Buffer, samples: number): Buffer {
  // Version, flags and count, then the duration of the one edit, then where it begins.
  movie.writeInt32BE(samples, movie.lastIndexOf('elst') + 4 + 8 + 4);
  return movie;
}

/** Contents of the packets of a file's sound; none without. */
async function soundOf(file: string): Promise<string[]> {
  return (await packetsOf(file, 'a')).flatMap((line) => line.match(/MD5:\w+/g) ?? []);
}
