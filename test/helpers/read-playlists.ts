import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse, setOptions, type types } from 'hls-parser';
import { expect } from 'vitest';

/** Part of a file, as a playlist names it. */
export interface ListedRange {
  /** Path of the file. */
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  readonly seconds: number;
  /** Bytes of the file's own header, which stands before the range's first use. */
  readonly header: { readonly file: string; readonly bytes: number };
}

export interface ReadPlaylists {
  readonly master: types.MasterPlaylist;
  /** Of every media playlist, by its name without `.m3u8`. */
  readonly ranges: ReadonlyMap<string, readonly ListedRange[]>;
}

/**
 * Reads the master playlist of a finished job and all that it names, with a parser of others in its strict mode, and
 * expects of them what can be told without decoding.
 * @param folder Directory with what is below `<jobId>/`.
 * @param target Seconds of a segment, rounded; default: the default profile's three GOPs of two seconds.
 */
export async function readPlaylists(folder: string, target = 6): Promise<ReadPlaylists> {
  setOptions({ strictMode: true, silent: true });
  const root = join(folder, 'hls');
  const master = parse(await readFile(join(root, 'master.m3u8'), 'utf8'));
  if (!master.isMasterPlaylist) throw new Error('not a master playlist');
  const ranges = new Map<string, readonly ListedRange[]>();
  const read = async (uri: string, isIFrame: boolean) => {
    const listed = await readMedia(join(root, uri), target, isIFrame);
    ranges.set(uri.replace(/\.m3u8$/, ''), listed);
    return listed;
  };
  const lengths: number[] = [];
  for (const { uri, isIFrameOnly, audio, bandwidth, averageBandwidth } of master.variants) {
    const own = await read(uri, isIFrameOnly === true);
    const sounds = await Promise.all(audio.map((rendition) => read(rendition.uri ?? '', false)));
    const bitrates = [own, ...sounds].map((listed) => bitrateOf(listed, target));
    expect(bandwidth, uri).toBe(bitrates.reduce((sum, { peak }) => sum + peak, 0));
    expect(averageBandwidth, uri).toBe(bitrates.reduce((sum, { average }) => sum + average, 0));
    lengths.push(lengthOf(own));
    for (const sound of sounds) expect(Math.abs(lengthOf(sound) - lengthOf(own))).toBeLessThan(0.15);
  }
  expect(new Set(lengths.map((seconds) => seconds.toFixed(5))).size, 'pictures of one length').toBe(1);
  for (const { uri, isIFrameOnly } of master.variants) {
    if (isIFrameOnly === true) expectKeyframes(ranges, uri.replace(/-keyframes\.m3u8$/, ''));
  }
  return { master, ranges };
}

async function readMedia(path: string, target: number, isIFrame: boolean): Promise<readonly ListedRange[]> {
  const root = dirname(path);
  const playlist = parse(await readFile(path, 'utf8'));
  if (playlist.isMasterPlaylist) throw new Error(`${path} is a master playlist`);
  expect(playlist, path).toMatchObject({
    version: 7,
    endlist: true,
    playlistType: 'VOD',
    targetDuration: target,
  });
  expect(playlist.isIFrame ?? false, path).toBe(isIFrame);
  const listed = playlist.segments.map(({ uri: file, byterange, duration, map }) => ({
    file: join(root, file),
    offset: byterange.offset,
    bytes: byterange.length,
    seconds: duration,
    header: { file: join(root, map.uri), bytes: map.byterange?.length ?? Number.NaN },
  }));
  expect(listed.length, path).toBeGreaterThan(0);
  if (!isIFrame) await expectWhole(listed);
  return listed;
}

/** Segments lie behind one another up to the end of their file. */
async function expectWhole(listed: readonly ListedRange[]): Promise<void> {
  for (const [index, { file, offset, bytes, header }] of listed.entries()) {
    const next = listed[index + 1];
    const end = next?.file === file ? next.offset : (await stat(file)).size;
    expect(offset + bytes, `${file} from ${offset}`).toBe(end);
    expect(offset).toBeGreaterThanOrEqual(header.bytes);
  }
}

/** Keyframes stand at the beginnings of GOPs, of which some begin segments; segments align over all pictures. */
function expectKeyframes(ranges: ReadPlaylists['ranges'], track: string): void {
  const segments = ranges.get(track) ?? [];
  const keyframes = ranges.get(`${track}-keyframes`) ?? [];
  const begins = new Set(keyframes.map(({ file, offset }) => `${file} ${offset}`));
  for (const { file, offset } of segments) expect(begins).toContain(`${file} ${offset}`);
  for (const keyframe of keyframes) {
    const own = segments.find(
      ({ file, offset, bytes }) =>
        file === keyframe.file && offset <= keyframe.offset && keyframe.offset < offset + bytes,
    );
    expect(own && keyframe.offset + keyframe.bytes <= own.offset + own.bytes, track).toBe(true);
  }
  for (const [other, listed] of ranges) {
    if (other === 'audio' || other.endsWith('-keyframes')) continue;
    expect(listed.map(({ seconds }) => seconds)).toEqual(segments.map(({ seconds }) => seconds));
  }
}

function lengthOf(listed: readonly ListedRange[]): number {
  return listed.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** Written anew, from RFC 8216bis, section 4.1. */
function bitrateOf(
  listed: readonly ListedRange[],
  target: number,
): { readonly peak: number; readonly average: number } {
  const rate = (some: readonly ListedRange[]) =>
    Math.ceil((some.reduce((sum, { bytes }) => sum + bytes, 0) * 8) / Number(lengthOf(some).toFixed(6)));
  const runs = listed.flatMap((_, first) =>
    listed.slice(first).map((_last, length) => listed.slice(first, first + length + 1)),
  );
  const counted = runs.filter((run) => {
    const seconds = lengthOf(run);
    return seconds >= 0.5 * target && seconds <= 1.5 * target;
  });
  const average = rate(listed);
  return { average, peak: Math.max(average, ...counted.map(rate)) };
}
