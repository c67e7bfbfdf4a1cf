import { afterAll, beforeAll, expect, it } from 'vitest';
import { createKeyframeLook } from '../../shared/adapters/look-for-keyframes.ts';
import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';
import type { LookForKeyframes } from '../../shared/core/ports/keyframes.ts';
import { type ClipFolder, createClipFolder, H264, picture, tone } from '../helpers/clips.ts';

let clips: ClipFolder;
let look: LookForKeyframes;
beforeAll(async () => {
  clips = await createClipFolder();
  look = createKeyframeLook((await findMediaBinaries({})).ffprobe);
});
afterAll(() => clips.remove());

const CLIP = [...picture({ size: '160x120', seconds: 4 }), ...tone(4), ...H264, '-sc_threshold', '0'];

it.each([
  ['dense.mp4', ['-g', '25'], [0.5, 0.3, 0.9]],
  ['sparse.mp4', ['-g', '250'], [0.5, 2.3, 3.9]],
  ['dense.mkv', ['-g', '25'], [0.5, 0.3, 0.9]],
])('tells how far places of %s lie behind a keyframe', async (name, gop, leads) => {
  const file = await clips.make(name, [...CLIP, ...gop]);
  const found = await look({ url: `file:${file}`, protocols: 'file' }, 0, [0.5, 2.3, 3.9]);
  expect(found?.map((lead) => Math.round(lead * 10) / 10)).toEqual(leads);
});

it('tells nothing of what cannot be read', async () => {
  expect(await look({ url: 'file:/nowhere.mp4', protocols: 'file' }, 0, [1])).toBeNull();
});
