import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REAL_CLIP } from '../../infra/bench/media.ts';
import { DEFAULT_PROFILE } from '../../shared/core/ladder.ts';
import { type ClipFolder, createClipFolder, ffmpeg } from '../helpers/clips.ts';
import { FFMPEG_BUILDS } from '../helpers/ffmpeg-builds.ts';
import { renderClip } from '../helpers/render-clip.ts';

const PLAIN = { ...DEFAULT_PROFILE, rungs: DEFAULT_PROFILE.rungs.slice(0, 1) };
const PASSING = { ...PLAIN, passThrough: true };

let clips: ClipFolder;
beforeAll(async () => {
  clips = await createClipFolder();
});
afterAll(() => clips.remove());

describe.each(FFMPEG_BUILDS)('pass-through by the $build build', ({ build, program }) => {
  const cut = (name: string, args: readonly string[]) =>
    clips.make(name, ['-i', REAL_CLIP, '-map', '0:v:0', '-map', '0:a:0', '-t', '5', ...args]);

  it('copies what the service itself has made of a film', async () => {
    const film = await cut('film.mp4', ['-c', 'copy']);
    const first = await renderClip(film, PLAIN, program);
    const copy = await clips.make(`made-${build}.mp4`, ['-i', first.file, '-c', 'copy']);
    const second = await renderClip(copy, PASSING, program);
    expect([first.passedThrough, second.passedThrough]).toEqual([false, true]);
    expect(second.facts).toEqual({ ...first.facts, codecs: second.facts.codecs });
    expect(await framesOf(second.file)).toEqual(await framesOf(first.file));
  });

  it("encodes a film that has a rendition's size and rate, and keyframes where its scenes are", async () => {
    const args =
      '-vf scale=854:480:flags=bicubic,setsar=1 -c:v libx264 -preset veryfast -crf 26 -maxrate 1400k';
    const film = await cut('scenes.mp4', [
      ...args.split(' '),
      ...'-bufsize 1400k -colorspace bt709 -color_primaries bt709 -color_trc bt709 -c:a aac -ac 2'.split(' '),
    ]);
    const made = await renderClip(film, PASSING, program);
    expect(made.plan.renditions[0]?.passThrough, 'by its probe').toBe(true);
    expect([made.passedThrough, made.warnings, made.facts.frames]).toEqual([false, [], 120]);
  });
});

/** Checksums of the decoded frames. */
async function framesOf(file: string): Promise<string[]> {
  const list = await ffmpeg(['-i', file, '-map', '0:v', '-f', 'framemd5', '-']);
  return [...list.toString().matchAll(/([0-9a-f]{32})$/gm)].map(([, hash = '']) => hash);
}
