import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestFile } from '../../shared/adapters/digest-file.ts';
import { createFileStore } from '../../shared/adapters/file-store.ts';
import { masterPlaylist } from '../../shared/core/hls/master-playlist.ts';
import type { StreamFacts } from '../../shared/core/hls/stream-facts.ts';
import type { ObjectStore } from '../../shared/core/ports/object-store.ts';
import { commitMade } from '../../shared/tasks/commit-made.ts';
import { type ClipFolder, createClipFolder, ffmpeg, H264, picture, tone } from '../helpers/clips.ts';
import { Crash, crashAfter } from '../helpers/crash-after.ts';
import { type MadeOrError, openLadderBench, SMALL_LADDER } from '../helpers/ladder-bench.ts';
import { type ListedRange, readPlaylists } from '../helpers/read-playlists.ts';

let clips: ClipFolder;
beforeAll(async () => {
  clips = await createClipFolder();
});
afterAll(() => clips.remove());

/** GOPs of ten frames, segments of thirty. */
const PROFILE = { ...SMALL_LADDER, rungs: SMALL_LADDER.rungs.slice(0, 2), gopSeconds: 0.4 };
const GOP = 10;
const TARGET = 1;
const clip = (seconds: number, sound: readonly string[]) => [
  ...picture({ size: '160x96', seconds }),
  ...sound,
  ...H264,
];

/** Commits what was made of some tasks, in their order, with the master playlist of it all; gives the directory. */
async function commit(
  name: string,
  results: readonly (MadeOrError | undefined)[],
  wrap = (store: ObjectStore) => store,
): Promise<string> {
  const root = join(clips.path, name);
  await mkdir(join(root, 'outputs'), { recursive: true });
  const ports = { outputs: wrap(createFileStore(root, 'outputs')), digestFile };
  const attempt = { attempt: 1, signal: new AbortController().signal };
  const streams: StreamFacts[] = [];
  for (const result of results) {
    if (result === undefined || 'error' in result) throw result?.error ?? new Error('a task has no end');
    const committed = await commitMade(ports, 'job', result.made, attempt);
    expect(committed.media.map(({ segments }) => segments.length)).toEqual(committed.media.map(() => 0));
    streams.push(...committed.streams);
  }
  const folder = join(root, 'outputs', 'job');
  await writeFile(join(folder, 'hls', 'master.m3u8'), masterPlaylist(streams));
  return folder;
}

/** Checksums of the decoded pictures. */
async function framesOf(file: string, args: readonly string[] = []): Promise<readonly string[]> {
  const hashes = await ffmpeg([...args, '-i', file, '-map', '0:v:0', '-f', 'framemd5', '-']);
  const lines = hashes
    .toString()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => line.split(',').at(-1)?.trim() ?? '');
}

/** Of the decoded sound, stereo of 16 bits. */
async function samplesOf(file: string, args: readonly string[] = []): Promise<number> {
  const raw = await ffmpeg([...args, '-i', file, '-map', '0:a:0', '-f', 's16le', '-']);
  return raw.length / 4;
}

/** A range behind its header, as a file. */
async function cut({ file, offset, bytes, header }: ListedRange): Promise<string> {
  const target = `${file}.${offset}-${bytes}.mp4`;
  const parts = await Promise.all([readBytes(header.file, 0, header.bytes), readBytes(file, offset, bytes)]);
  await writeFile(target, Buffer.concat(parts));
  return target;
}

async function readBytes(file: string, position: number, length: number): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
    expect(bytesRead).toBe(length);
    return buffer;
  } finally {
    await handle.close();
  }
}

const PLAYLISTS = ['-allowed_extensions', 'ALL', '-protocol_whitelist', 'file'];

describe('playlists of functions', () => {
  it('name segments and keyframes that can be decoded by themselves, in every rendition at the same times', async () => {
    const file = await clips.make('sound.mp4', clip(3, tone(3)));
    const bench = await openLadderBench(join(clips.path, 'functions'), file, { profile: PROFILE });
    const folder = await commit('lambda', [await bench.apart('48p'), await bench.apart('64p')]);
    const { master, ranges } = await readPlaylists(folder, TARGET);
    expect(master.variants.map(({ uri }) => uri)).toEqual([
      '48p.m3u8',
      '64p.m3u8',
      '48p-keyframes.m3u8',
      '64p-keyframes.m3u8',
    ]);
    expect([...ranges.keys()].sort()).toEqual(['48p', '48p-keyframes', '64p', '64p-keyframes', 'audio']);
    for (const track of ['48p', '64p']) {
      const frames = await framesOf(join(folder, `${track}.mp4`));
      expect(frames).toHaveLength(75);
      let first = 0;
      for (const segment of ranges.get(track) ?? []) {
        const count = Math.round(segment.seconds * 25);
        expect(await framesOf(await cut(segment))).toEqual(frames.slice(first, first + count));
        first += count;
      }
      expect(first).toBe(75);
      const keyframes = ranges.get(`${track}-keyframes`) ?? [];
      expect(keyframes).toHaveLength(8);
      for (const index of [0, 4, 7]) {
        const keyframe = keyframes[index];
        if (keyframe === undefined) throw new Error('no keyframe');
        expect(await framesOf(await cut(keyframe))).toEqual([frames[index * GOP]]);
      }
    }
    const [progressive, master3u8] = [join(folder, '48p.mp4'), join(folder, 'hls', 'master.m3u8')];
    expect(await framesOf(master3u8, PLAYLISTS)).toEqual(await framesOf(progressive));
    const samples = await samplesOf(master3u8, PLAYLISTS);
    expect(Math.abs(samples - (await samplesOf(progressive)))).toBeLessThan(1024);
  });
});

describe('playlists after an attempt that died', () => {
  it('fit the files that stand, wherever it died, though the next one has made others', async () => {
    const file = await clips.make('died.mp4', clip(3, tone(3)));
    const [before, after] = await Promise.all(
      [18, 30].map(async (crf) => {
        const profile = { ...PROFILE, rungs: PROFILE.rungs.slice(0, 1), crf };
        return (await openLadderBench(join(clips.path, `crf-${crf}`), file, { profile })).apart('48p');
      }),
    );
    let points = 0;
    for (let crashed = true; crashed; points += 1) {
      const point = crashAfter(points);
      const died = commit(`died ${points}`, [before], (store) => point.wrap(store));
      await died.catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
      });
      crashed = point.crashed();
      await readPlaylists(await commit(`died ${points}`, [after]), TARGET);
    }
    expect(points).toBeGreaterThan(6);
  });
});

describe('playlists of a container', () => {
  it.each([
    ['sound', tone(3)],
    ['no sound', []],
  ])('are as those of functions, with %s', async (name, sound) => {
    const file = await clips.make(`${name}.mp4`, clip(3, sound));
    const bench = await openLadderBench(join(clips.path, `container-${name}`), file, { profile: PROFILE });
    const made = await bench.together({ tasks: ['48p', '64p'] });
    const folder = await commit(`batch ${name}`, [made.get('48p'), made.get('64p')]);
    const { master, ranges } = await readPlaylists(folder, TARGET);
    expect(ranges.has('audio')).toBe(sound.length > 0);
    expect(master.variants.map(({ codecs }) => codecs?.includes('mp4a'))).toEqual(
      [true, true, false, false].map((isPlayed) => isPlayed && sound.length > 0),
    );
    const frames = await framesOf(join(folder, '64p.mp4'));
    expect(await framesOf(join(folder, 'hls', '64p.m3u8'), PLAYLISTS)).toEqual(frames);
  });
});
