import { describe, expect, it } from 'vitest';
import type { KeyframeRange } from '../../shared/core/hls/keyframe-range.ts';
import { keyframesPlaylist } from '../../shared/core/hls/keyframes-playlist.ts';
import { listSegments, type PlaylistFile } from '../../shared/core/hls/listed-segments.ts';
import { type ListedStream, masterPlaylist } from '../../shared/core/hls/master-playlist.ts';
import { masterStreams } from '../../shared/core/hls/master-streams.ts';
import { measureBitrate } from '../../shared/core/hls/measure-bitrate.ts';
import { mediaPlaylist } from '../../shared/core/hls/media-playlist.ts';
import { relativeToPlaylists } from '../../shared/core/hls/paths.ts';
import { segmentFrames, segmentSeconds, targetSeconds } from '../../shared/core/hls/segment-grid.ts';
import type { StreamFacts } from '../../shared/core/hls/stream-facts.ts';
import type { Rational } from '../../shared/core/rational.ts';
import { completedJob, TWO_RUNGS } from '../fixtures/job-states.ts';
import { pictureStream, SOUND_STREAM } from '../fixtures/streams.ts';

const PIECE: PlaylistFile = {
  path: 'hls/480p/00000.mp4',
  config: 'avc1-1',
  headerBytes: 800,
  mediaOffset: 1000,
  timescale: 30_000,
  start: 0,
  segments: [{ bytes: 500, duration: 180_180 }],
};
const NEXT: PlaylistFile = {
  ...PIECE,
  path: 'hls/480p/00001.mp4',
  headerBytes: 801,
  mediaOffset: 1100,
  start: 180_180,
  segments: [
    { bytes: 700, duration: 180_180 },
    { bytes: 90, duration: 1001 },
  ],
};

describe('a media playlist', () => {
  it('names byte ranges of every file after one header', () => {
    expect(mediaPlaylist({ files: [PIECE, NEXT], targetSeconds: 6, ended: true })).toBe(
      [
        '#EXTM3U',
        '#EXT-X-VERSION:7',
        '#EXT-X-TARGETDURATION:6',
        '#EXT-X-MEDIA-SEQUENCE:0',
        '#EXT-X-PLAYLIST-TYPE:VOD',
        '#EXT-X-INDEPENDENT-SEGMENTS',
        '#EXT-X-MAP:URI="480p/00000.mp4",BYTERANGE="800@0"',
        '#EXTINF:6.006000,',
        '#EXT-X-BYTERANGE:500@1000',
        '480p/00000.mp4',
        '#EXTINF:6.006000,',
        '#EXT-X-BYTERANGE:700@1100',
        '480p/00001.mp4',
        '#EXTINF:0.033367,',
        '#EXT-X-BYTERANGE:90@1800',
        '480p/00001.mp4',
        '#EXT-X-ENDLIST',
        '',
      ].join('\n'),
    );
  });

  it('that grows has no end, and begins as the finished one does but for its type', () => {
    const growing = mediaPlaylist({ files: [PIECE], targetSeconds: 6, ended: false });
    const finished = mediaPlaylist({ files: [PIECE, NEXT], targetSeconds: 6, ended: true });
    expect(growing).toContain('#EXT-X-PLAYLIST-TYPE:EVENT\n');
    expect(growing).not.toContain('#EXT-X-ENDLIST');
    expect(finished.startsWith(growing.replace('EVENT', 'VOD'))).toBe(true);
  });

  it('names the header of a file with another sample entry', () => {
    const text = mediaPlaylist({
      files: [PIECE, { ...NEXT, config: 'avc1-2' }],
      targetSeconds: 6,
      ended: true,
    });
    expect(text.match(/#EXT-X-MAP.*/g)).toEqual([
      '#EXT-X-MAP:URI="480p/00000.mp4",BYTERANGE="800@0"',
      '#EXT-X-MAP:URI="480p/00001.mp4",BYTERANGE="801@0"',
    ]);
  });

  it('does not drift over two hours of sound in pieces of no round length', () => {
    const pieces = 1200;
    const packets = (piece: number) => Math.round((piece + 1) * 281.25) - Math.round(piece * 281.25);
    let start = 0;
    const files = Array.from({ length: pieces }, (_, index) => {
      const file = {
        ...PIECE,
        timescale: 44_100,
        start,
        segments: [{ bytes: 1, duration: packets(index) * 1024 }],
      };
      start += packets(index) * 1024;
      return file;
    });
    const micros = listSegments(files).reduce((sum, segment) => sum + segment.micros, 0);
    expect(micros).toBe(Math.round((start / 44_100) * 1e6));
  });

  it('cannot name a file of another folder', () => {
    expect(() => relativeToPlaylists('480p.mp4')).toThrow('No playlist can name 480p.mp4.');
  });
});

describe('a playlist of keyframes', () => {
  const keyframe = (index: number): KeyframeRange => ({
    path: `hls/480p/0000${index}.mp4`,
    offset: 1000,
    bytes: 300 + index,
    seconds: 61 / 30,
  });

  it('names the range of each, for as long as it stands', () => {
    const keyframes = [0, 1, 2].map(keyframe);
    expect(keyframesPlaylist({ header: PIECE, keyframes, targetSeconds: 6 })).toBe(
      [
        '#EXTM3U',
        '#EXT-X-VERSION:7',
        '#EXT-X-TARGETDURATION:6',
        '#EXT-X-MEDIA-SEQUENCE:0',
        '#EXT-X-PLAYLIST-TYPE:VOD',
        '#EXT-X-I-FRAMES-ONLY',
        '#EXT-X-INDEPENDENT-SEGMENTS',
        '#EXT-X-MAP:URI="480p/00000.mp4",BYTERANGE="800@0"',
        '#EXTINF:2.033333,',
        '#EXT-X-BYTERANGE:300@1000',
        '480p/00000.mp4',
        '#EXTINF:2.033334,',
        '#EXT-X-BYTERANGE:301@1000',
        '480p/00001.mp4',
        '#EXTINF:2.033333,',
        '#EXT-X-BYTERANGE:302@1000',
        '480p/00002.mp4',
        '#EXT-X-ENDLIST',
        '',
      ].join('\n'),
    );
  });
});

describe('measured bit rates', () => {
  const entry = (bytes: number, seconds: number) => ({ bytes, micros: seconds * 1e6 });

  it.each<[string, readonly { bytes: number; micros: number }[], number, number]>([
    ['nothing', [], 0, 0],
    ['equal segments', [entry(6000, 6), entry(6000, 6)], 8000, 8000],
    ['the highest segment', [entry(6000, 6), entry(12_000, 6), entry(6000, 6)], 16_000, 10_667],
    [
      'no run of less than half a target',
      [entry(6000, 6), entry(12_000, 6), entry(9000, 2.9)],
      18_877,
      14_497,
    ],
    ['a short end by itself from half a target on', [entry(6000, 6), entry(9000, 3)], 24_000, 13_334],
    [
      'runs of up to one and a half targets',
      [2, 8, 8, 8, 1].map((kb) => entry(kb * 1000, 2)),
      32_000,
      21_600,
    ],
    ['a playlist shorter than any run', [entry(1000, 1)], 8000, 8000],
  ])('%s', (_name, entries, peak, average) => {
    expect(measureBitrate(entries, 6)).toEqual({ peak, average });
  });
});

describe('the master playlist', () => {
  it('groups the sound, and counts it beside every picture', () => {
    const low: StreamFacts = pictureStream('480p', 854, 480);
    const high: ListedStream = {
      ...low,
      ...{ track: '720p', path: 'hls/720p.m3u8', codecs: 'avc1.64001f' },
      picture: {
        ...{ width: 1280, height: 720, frameRate: { num: 24_000, den: 1001 } },
        keyframes: { path: 'hls/720p-keyframes.m3u8', bitrate: { peak: 300_000, average: 200_000 } },
      },
    };
    expect(masterPlaylist([low, SOUND_STREAM, high])).toBe(
      [
        '#EXTM3U',
        '#EXT-X-VERSION:7',
        '#EXT-X-INDEPENDENT-SEGMENTS',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Audio",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio.m3u8"',
        '#EXT-X-STREAM-INF:BANDWIDTH=1330000,AVERAGE-BANDWIDTH=1128000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=854x480,FRAME-RATE=25.000,VIDEO-RANGE=SDR,AUDIO="audio",CLOSED-CAPTIONS=NONE',
        '480p.m3u8',
        '#EXT-X-STREAM-INF:BANDWIDTH=1330000,AVERAGE-BANDWIDTH=1128000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=23.976,VIDEO-RANGE=SDR,AUDIO="audio",CLOSED-CAPTIONS=NONE',
        '720p.m3u8',
        '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=110000,AVERAGE-BANDWIDTH=100000,CODECS="avc1.64001f",RESOLUTION=854x480,VIDEO-RANGE=SDR,URI="480p-keyframes.m3u8"',
        '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=300000,AVERAGE-BANDWIDTH=200000,CODECS="avc1.64001f",RESOLUTION=1280x720,VIDEO-RANGE=SDR,URI="720p-keyframes.m3u8"',
        '',
      ].join('\n'),
    );
  });

  it('has no group where there is no sound, and while it grows no average but a beginning', () => {
    const { picture, ...facts } = pictureStream('480p', 854, 480);
    const growing: ListedStream = {
      ...facts,
      bitrate: { peak: 1_500_000, average: null },
      picture: picture && { ...picture, keyframes: null },
    };
    expect(masterPlaylist([growing])).toBe(
      [
        '#EXTM3U',
        '#EXT-X-VERSION:7',
        '#EXT-X-INDEPENDENT-SEGMENTS',
        '#EXT-X-START:TIME-OFFSET=0',
        '#EXT-X-STREAM-INF:BANDWIDTH=1500000,CODECS="avc1.64001f",RESOLUTION=854x480,FRAME-RATE=25.000,VIDEO-RANGE=SDR,CLOSED-CAPTIONS=NONE',
        '480p.m3u8',
        '',
      ].join('\n'),
    );
  });

  const low = pictureStream('480p', 854, 480);
  const high = pictureStream('720p', 1280, 720);
  it.each<[string, boolean, (readonly StreamFacts[])[], readonly StreamFacts[]]>([
    ['all', true, [[low, SOUND_STREAM], [high]], [low, SOUND_STREAM, high]],
    ['those that were made', true, [[low, SOUND_STREAM], []], [low, SOUND_STREAM]],
    ['none without the rendition that brings the sound', true, [[], [high]], []],
    ['pictures alone where a damaged source has lost its sound', true, [[low], [high]], [low, high]],
    ['pictures alone where there is no sound', false, [[], [high]], [high]],
    ['none without a picture', true, [[SOUND_STREAM], []], []],
    ['none', false, [[], []], []],
  ])('is of %s', (_name, sound, streams, expected) => {
    const { header, tasks, chunks } = completedJob();
    const plan = { ...TWO_RUNGS, audio: sound ? TWO_RUNGS.audio : null };
    const made = tasks.map((task, index) => ({ ...task, streams: streams[index] ?? [] }));
    expect(masterStreams({ header: { ...header, plan }, tasks: made, chunks })).toEqual(expected);
  });
});

describe('the segment grid', () => {
  const planOf = (frameRate: Rational, gopFrames: number) => ({
    gopsPerSegment: 3,
    renditions: TWO_RUNGS.renditions.map((rendition) => ({ ...rendition, frameRate, gopFrames })),
  });

  it.each<[Rational, number, number, number, number]>([
    [{ num: 24, den: 1 }, 48, 144, 6, 6],
    [{ num: 30_000, den: 1001 }, 60, 180, 6.006, 6],
    [{ num: 60, den: 1 }, 120, 360, 6, 6],
    // A segment of sound is up to a packet longer: 6.52 s would be rounded to 7.
    [{ num: 12, den: 1 }, 26, 78, 6.5, 7],
    [{ num: 10, den: 3 }, 7, 21, 6.3, 6],
    [{ num: 1, den: 1 }, 1, 3, 3, 3],
    [{ num: 100, den: 1 }, 1, 3, 0.03, 1],
  ])('of %o with %i frames a GOP', (frameRate, gopFrames, frames, seconds, target) => {
    const plan = planOf(frameRate, gopFrames);
    expect([segmentFrames(plan), targetSeconds(plan)]).toEqual([frames, target]);
    expect(segmentSeconds(plan)).toBeCloseTo(seconds, 9);
  });
});
