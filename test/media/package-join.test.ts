import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFfprobe } from '../../shared/adapters/ffprobe.ts';
import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';
import { type ClipFolder, createClipFolder, ffmpeg, tone } from '../helpers/clips.ts';
import { countedPicture, packetsOf, shownNumbers } from '../helpers/counted-clip.ts';
import { FFMPEG_BUILDS } from '../helpers/ffmpeg-builds.ts';
import {
  CLOSED_GOPS,
  decodedSound,
  frameHashes,
  GOP,
  joinPackaged,
  packageClip,
  packageSoundOf,
} from '../helpers/package-clip.ts';

let clips: ClipFolder;
beforeAll(async () => {
  clips = await createClipFolder();
});
afterAll(() => clips.remove());

const RATE = { num: 30_000, den: 1001 };
/** Of the first piece and of the second. */
const FRAMES = [2 * GOP, GOP + 7] as const;
const TOTAL = FRAMES[0] + FRAMES[1];
/** Samples of a channel of stereo, in bytes. */
const PACKET_BYTES = 1024 * 4;

async function facts(file: string) {
  const { ffprobe } = await findMediaBinaries({});
  return createFfprobe({ program: ffprobe, limits: { maxPixels: 1e6, maxSeconds: 100 } }).inspect(file);
}

describe.each(FFMPEG_BUILDS)('pieces by the $build ffmpeg', ({ build, program }) => {
  /** Frames of the counted picture from one on. */
  async function pictureFrom(first: number, frames: number): Promise<string> {
    const file = `${clips.path}/${build}-${first}.mp4`;
    const range = ['-vf', `trim=start_frame=${first}:end_frame=${first + frames},setpts=PTS-STARTPTS`];
    await ffmpeg([...countedPicture('30000/1001', 4), ...range, ...CLOSED_GOPS, '-y', file], program);
    return file;
  }

  async function sound(): Promise<string> {
    const file = `${clips.path}/${build}-sound.mp4`;
    // Noise that a decoder makes up depends on how many packets it has decoded before.
    await ffmpeg([...tone(2.7), '-c:a', 'aac', '-aac_pns', '0', '-ac', '2', '-y', file], program);
    return file;
  }

  it('joined have every frame and packet at its time', async () => {
    const files = [await pictureFrom(0, FRAMES[0]), await pictureFrom(FRAMES[0], FRAMES[1])];
    const [one = '', other = ''] = files;
    const pictures = [await packageClip(one, RATE), await packageClip(other, RATE, FRAMES[0])];
    const whole = await sound();
    const sounds = [
      await packageSoundOf(whole, 'first', { packets: 60 }),
      await packageSoundOf(whole, 'second', { dropPackets: 61, firstPacket: 60 }),
    ];
    expect(pictures[1]?.media.config).toBe(pictures[0]?.media.config);
    const joined = `${clips.path}/${build}-joined.mp4`;
    await joinPackaged(pictures, sounds, joined);

    expect(await facts(joined)).toMatchObject({
      ...{ frames: TOTAL, videoStartSeconds: 0, audioStartSeconds: 0, faststart: true },
      videoEndSeconds: expect.closeTo((TOTAL * 1001) / 30_000, 5),
      audioEndSeconds: expect.closeTo(2.7, 5),
      durationSeconds: expect.closeTo(2.7, 2),
      codecs: [pictures[0]?.media.codecs, sounds[0]?.media.codecs].join(','),
    });
    expect(await shownNumbers(joined)).toEqual(Array.from({ length: TOTAL }, (_, frame) => frame));
    const hashes = await Promise.all(files.map((file) => frameHashes(file, program)));
    expect(await frameHashes(joined, program)).toEqual(hashes.flat());
    const dts = (await packetsOf(joined, 'v')).map((line) => Number(line.split(',')[1]));
    expect(dts.map((time) => time - (dts[0] ?? 0))).toEqual(dts.map((_, frame) => frame * 1001));

    const packets = await packetsOf(whole, 'a');
    expect(packets[0]).toMatch(/^-1024,/);
    expect(await packetsOf(joined, 'a')).toEqual(packets);
    const [heard, source] = [await decodedSound(joined, program), await decodedSound(whole, program)];
    expect(heard.equals(source)).toBe(true);
  });

  it('of sound are, one after the other, what the whole is', async () => {
    const file = await sound();
    const whole = await packageSoundOf(file, 'whole');
    expect(whole.media).toMatchObject({
      ...{ track: 'audio', contentType: 'audio/mp4', codecs: 'mp4a.40.2', timescale: 48_000, start: 0 },
      // Two seconds are 93.75 packets, and the last of 127 ends where the sound does.
      segments: [{ duration: 94 * 1024 }, { duration: 129_600 - 94 * 1024 }],
    });
    const late = await packageSoundOf(file, 'late', { dropPackets: 61, firstPacket: 60 });
    const packets = await packetsOf(late.media.file, 'a');
    // ffprobe does not know how long a first packet is that begins late.
    expect(packets[0]).toMatch(/^61440,61440,/);
    expect(packets.slice(1)).toEqual((await packetsOf(whole.media.file, 'a')).slice(61));
    const decoded = await decodedSound(whole.media.file, program);
    expect(
      decoded.subarray(PACKET_BYTES).equals((await decodedSound(file, program)).subarray(PACKET_BYTES)),
    ).toBe(true);
  });

  it('joined without sound have the picture alone', async () => {
    const file = await pictureFrom(0, FRAMES[0]);
    const joined = `${clips.path}/${build}-silent.mp4`;
    await joinPackaged([await packageClip(file, RATE)], null, joined);
    expect(await facts(joined)).toMatchObject({ frames: FRAMES[0], audioCodec: null, faststart: true });
    expect((await readFile(joined)).length).toBeLessThan((await readFile(file)).length);
  });
});

it('refuses sound where there is none', async () => {
  const file = await clips.make('mute.mp4', [...countedPicture('24', 1), ...CLOSED_GOPS]);
  await expect(packageSoundOf(file, 'none')).rejects.toMatchObject({ code: 'output.invalid' });
});
