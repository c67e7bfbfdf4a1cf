import { describe, expect, it } from 'vitest';
import { type CommittedRuns, EMPTY_RUNS, extendRun, nextOf } from '../../shared/core/hls/committed-run.ts';
import { livePlan, livePlaylist } from '../../shared/core/hls/live-playlists.ts';
import { mediaPlaylist } from '../../shared/core/hls/media-playlist.ts';
import { MASTER_PATH, playlistPath } from '../../shared/core/hls/paths.ts';
import { targetSeconds } from '../../shared/core/hls/segment-grid.ts';
import type { Job } from '../../shared/core/job.ts';
import { CHUNKED_PLAN, chunkedJob } from '../fixtures/chunked-job.ts';

const ALL = ['chunk-00000', 'chunk-00001', 'chunk-00002', 'audio-00000', 'audio-00001'];

function runsOf({ chunks }: Job): CommittedRuns {
  const ofKind = (prefix: string) => chunks.filter(({ name }) => name.startsWith(prefix));
  return {
    picture: extendRun(EMPTY_RUNS.picture, ofKind('chunk-')),
    audio: extendRun(EMPTY_RUNS.audio, ofKind('audio-')),
  };
}

function playlist(path: string, succeeded: readonly string[], plan = CHUNKED_PLAN): string | undefined {
  return livePlaylist(path, plan, runsOf(chunkedJob(succeeded, plan)));
}

describe('the run of chunks that can be played', () => {
  it.each<[string, string[], number, number]>([
    ['nothing', [], 0, 0],
    ['the first', ['chunk-00000'], 1, 0],
    ['up to a gap', ['chunk-00000', 'chunk-00002', 'audio-00001'], 1, 0],
    ['all', ALL, 3, 2],
  ])('%s', (_name, succeeded, picture, audio) => {
    const runs = runsOf(chunkedJob(succeeded));
    expect([runs.picture.chunks.length, runs.audio.chunks.length]).toEqual([picture, audio]);
    expect(nextOf(runs.picture)).toEqual({ kind: 'picture', index: picture });
  });

  it('goes on where it ended, and takes nothing that does not follow', () => {
    const { chunks } = chunkedJob(ALL);
    const [first, second, third] = chunks;
    if (first === undefined || second === undefined || third === undefined) throw new TypeError('no chunks');
    const one = extendRun(EMPTY_RUNS.picture, [first]);
    expect(extendRun(one, [second, third]).chunks).toEqual([first, second, third]);
    expect(extendRun(one, [third])).toBe(one);
    expect(extendRun(one, [first])).toBe(one);
  });
});

describe('a media playlist while the job runs', () => {
  it('lists what is committed without a gap, and is not ended', () => {
    expect(playlist(playlistPath('480p'), ['chunk-00000', 'chunk-00002'])).toBe(
      [
        '#EXTM3U',
        '#EXT-X-VERSION:7',
        '#EXT-X-TARGETDURATION:6',
        '#EXT-X-MEDIA-SEQUENCE:0',
        '#EXT-X-PLAYLIST-TYPE:EVENT',
        '#EXT-X-INDEPENDENT-SEGMENTS',
        '#EXT-X-MAP:URI="480p/00000.mp4",BYTERANGE="800@0"',
        '#EXTINF:6.000000,',
        '#EXT-X-BYTERANGE:600000@900',
        '480p/00000.mp4',
        '',
      ].join('\n'),
    );
  });

  it.each(['480p', '720p', 'audio'])('only grows at its end, and ends as what is committed: %s', (track) => {
    const ends = ALL.map((_, index) => playlist(playlistPath(track), ALL.slice(0, index + 1)));
    const texts = ends.filter((text) => text !== undefined);
    const files = chunkedJob(ALL)
      .chunks.flatMap(({ media }) => media)
      .filter((file) => file.track === track);
    const last = mediaPlaylist({ files, targetSeconds: targetSeconds(CHUNKED_PLAN), ended: true });
    expect(texts.at(-1)).toBe(last);
    expect(texts.length).toBeGreaterThan(1);
    for (const [index, text] of texts.entries()) {
      const next = texts[index + 1] ?? last;
      expect(
        next
          .replace('TYPE:VOD', 'TYPE:EVENT')
          .startsWith(
            text.replace(/TYPE:VOD|#EXT-X-ENDLIST\n/g, (found) => (found === 'TYPE:VOD' ? 'TYPE:EVENT' : '')),
          ),
      ).toBe(true);
    }
  });

  it.each(['hls/240p.m3u8', 'hls/480p-keyframes.m3u8', '480p.m3u8', 'hls/480p/00000.mp4', ''])(
    'there is none at %s',
    (path) => {
      expect(playlist(path, ALL)).toBeUndefined();
    },
  );
});

describe('the master playlist while the job runs', () => {
  it.each<[string, string[]]>([
    ['nothing', []],
    ['no sound', ['chunk-00000', 'chunk-00001']],
    ['no picture from the beginning', ['chunk-00001', 'audio-00000']],
  ])('is not there with %s', (_name, succeeded) => {
    expect(playlist(MASTER_PATH, succeeded)).toBeUndefined();
  });

  it('is the same from the first of picture and sound until the job has ended', () => {
    const first = playlist(MASTER_PATH, ['chunk-00000', 'audio-00000']);
    expect(first).toBe(
      [
        '#EXTM3U',
        '#EXT-X-VERSION:7',
        '#EXT-X-INDEPENDENT-SEGMENTS',
        '#EXT-X-START:TIME-OFFSET=0',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Audio",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio.m3u8"',
        '#EXT-X-STREAM-INF:BANDWIDTH=2133334,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=800x400,FRAME-RATE=25.000,VIDEO-RANGE=SDR,AUDIO="audio",CLOSED-CAPTIONS=NONE',
        '480p.m3u8',
        '#EXT-X-STREAM-INF:BANDWIDTH=2133334,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1200x800,FRAME-RATE=25.000,VIDEO-RANGE=SDR,AUDIO="audio",CLOSED-CAPTIONS=NONE',
        '720p.m3u8',
        '',
      ].join('\n'),
    );
    expect(playlist(MASTER_PATH, ALL)).toBe(first);
  });

  it('waits for no sound where there will be none', () => {
    const silent = { ...CHUNKED_PLAN, chunks: { ...CHUNKED_PLAN.chunks, audio: null } };
    expect(playlist(MASTER_PATH, ['chunk-00000'], silent)).toMatch(
      /#EXT-X-STREAM-INF:BANDWIDTH=1333334,CODECS="avc1.64001f",RESOLUTION=800x400,/,
    );
    expect(playlist(playlistPath('audio'), ALL, silent)).toBeUndefined();
  });
});

it.each<[string, Partial<Job['header']>, boolean]>([
  ['runs', {}, true],
  ['has ended', { state: 'completed' }, false],
  ['has failed', { state: 'failed' }, false],
  ['was taken over by a container', { lane: 'batch' }, true],
  ['is not planned yet', { plan: null }, false],
  ['is not cut', { plan: { ...CHUNKED_PLAN, chunks: null } }, false],
])('there is a live plan only of a job that %s', (_name, fields, live) => {
  expect(livePlan({ ...chunkedJob([]).header, ...fields })).toEqual(live ? CHUNKED_PLAN : null);
});
