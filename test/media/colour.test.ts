import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClipFolder, coloursAt, createClipFolder, ffmpeg } from '../helpers/clips.ts';
import { FAST_PROFILE, renderClip } from '../helpers/render-clip.ts';

let clips: ClipFolder;
beforeAll(async () => {
  clips = await createClipFolder();
});
afterAll(() => clips.remove());

const BARS =
  'color=c=red:s=320x180:r=5:d=0.4,drawbox=x=80:w=80:c=0x40C040:t=fill,drawbox=x=160:w=80:c=0x4040FF:t=fill,drawbox=x=240:w=80:c=white:t=fill';
const MIDDLES = [
  [0.125, 0.5],
  [0.375, 0.5],
  [0.625, 0.5],
  [0.875, 0.5],
] as const;
const BAR_COLOURS = [
  [255, 0, 0],
  [64, 192, 64],
  [64, 64, 255],
  [255, 255, 255],
];
const LOSSLESS = ['-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '0'];

/** The largest difference of any channel of any colour. */
function worst(found: readonly (readonly number[])[], expected: readonly (readonly number[])[]): number {
  return Math.max(
    ...found.flatMap((colour, i) => colour.map((value, j) => Math.abs(value - (expected[i]?.[j] ?? 0)))),
  );
}

describe('standard range', () => {
  it.each([
    ['BT.601', 'scale=out_color_matrix=bt601', ['-pix_fmt', 'yuv420p', '-colorspace', 'smpte170m']],
    ['BT.601 that does not say so', 'scale=out_color_matrix=bt601', ['-pix_fmt', 'yuv420p']],
    ['BT.709', 'scale=out_color_matrix=bt709', ['-pix_fmt', 'yuv420p', '-colorspace', 'bt709']],
    [
      'full range',
      'scale=out_color_matrix=bt601:out_range=pc',
      ['-pix_fmt', 'yuvj420p', '-colorspace', 'bt470bg', '-color_range', 'pc'],
    ],
    ['ten bits', 'scale=out_color_matrix=bt709', ['-pix_fmt', 'yuv422p10le', '-colorspace', 'bt709']],
    ['RGB', 'null', ['-c:v', 'libx264rgb', '-pix_fmt', 'rgb24']],
  ])('keeps the colours of %s', async (name, filter, format) => {
    const file = `${name.replaceAll(/\W/g, '-')}.mp4`;
    const source = await clips.make(file, ['-f', 'lavfi', '-i', BARS, '-vf', filter, ...LOSSLESS, ...format]);
    const made = await renderClip(source, { ...FAST_PROFILE, crf: 10 });
    expect(made.warnings).toEqual([]);
    // What decodes it here must be told that the file is BT.709, as players read from its tags.
    const shown = await clips.make(`${file}.png`, [
      '-i',
      made.file,
      '-vf',
      'scale=in_color_matrix=bt709',
      '-frames:v',
      '1',
    ]);
    const found = await coloursAt(shown, { width: 320, height: 180 }, MIDDLES);
    expect(worst(found, BAR_COLOURS), JSON.stringify(found)).toBeLessThan(14);
  });
});

describe('high dynamic range', () => {
  it.each([
    ['dark grey', [1, 1, 1]],
    ['grey', [20, 20, 20]],
    ['white', [100, 100, 100]],
    ['a highlight', [600, 600, 600]],
    ['a skin tone', [100, 50, 20]],
    ['a bright red', [800, 200, 100]],
  ] as const)('maps %s from PQ and BT.2020 by the formulas', async (name, nits) => {
    const [y, cb, cr] = bt2020Codes(nits.map(pqCode));
    const graph = `color=s=64x64:r=5:d=0.4,format=yuv420p10le,geq=lum=${y}:cb=${cb}:cr=${cr}`;
    const source = await clips.make(`${name.replaceAll(' ', '-')}.mp4`, hdrClip(graph, 'smpte2084'));
    const made = await renderClip(source, { ...FAST_PROFILE, crf: 5 });
    expect([made.warnings, made.probe.video.hdr, made.facts.pixelFormat]).toEqual([[], 'pq', 'yuv420p']);
    const shown = await clips.make(`${name.replaceAll(' ', '-')}.png`, [
      ...['-i', made.file, '-vf', 'scale=in_color_matrix=bt709', '-frames:v', '1'],
    ]);
    const found = await coloursAt(shown, { width: 64, height: 64 }, [[0.5, 0.5]]);
    const expected = toneMapped(nits);
    expect(worst(found, [expected]), `${found} for ${expected}`).toBeLessThan(7);
  });

  it.each([
    ['smpte2084', 'pq'],
    ['arib-std-b67', 'hlg'],
  ])('looks like the reference for %s', async (transfer, hdr) => {
    const source = await clips.make(`${hdr}.mp4`, hdrClip(HDR_PICTURE, transfer));
    const made = await renderClip(source, {
      ...FAST_PROFILE,
      crf: 12,
      rungs: [{ name: '180p', shortSide: 180, maxBitrate: 4_000_000 }],
    });
    expect([made.probe.video.hdr, made.facts.width]).toEqual([hdr, 320]);
    // Builds differ where colours leave the narrower gamut, so the reference is of the build under test.
    const reference = join(clips.path, `${hdr}-reference.mkv`);
    const recipe = `zscale=tin=${transfer}:min=2020_ncl:pin=bt2020:t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv,format=yuv420p,scale=320:180:flags=bicubic`;
    await ffmpeg(['-i', source, '-vf', recipe, '-c:v', 'ffv1', reference], process.env['FFMPEG_PATH']);
    expect(await ssim(made.file, reference)).toBeGreaterThan(0.95);
  });
});

function hdrClip(graph: string, transfer: string): string[] {
  return [
    ...[
      '-f',
      'lavfi',
      '-i',
      graph,
      '-c:v',
      'libx265',
      '-preset',
      'ultrafast',
      '-crf',
      '8',
      '-pix_fmt',
      'yuv420p10le',
    ],
    ...[
      '-x265-params',
      `log-level=error:colorprim=bt2020:transfer=${transfer}:colormatrix=bt2020nc:range=limited`,
    ],
    ...['-color_primaries', 'bt2020', '-color_trc', transfer, '-colorspace', 'bt2020nc'],
  ];
}

/** A test picture within what cameras record: highlights near 1,000 cd/m2 and colours short of the primaries. */
const HDR_PICTURE =
  "testsrc2=s=640x360:r=5:d=0.4,gblur=2,format=yuv420p10le,lutyuv=y='64+(val-64)*0.72':u='512+(val-512)*0.3':v='512+(val-512)*0.3'";

/** SMPTE ST 2084: absolute luminance to signal, 0 to 1. */
function pqCode(nits: number): number {
  const y = (nits / 10_000) ** 0.1593017578125;
  return ((0.8359375 + 18.8515625 * y) / (1 + 18.6875 * y)) ** 78.84375;
}

/** Ten-bit limited-range codes of a non-linear BT.2020 colour. */
function bt2020Codes([r = 0, g = 0, b = 0]: readonly number[]): number[] {
  const y = 0.2627 * r + 0.678 * g + 0.0593 * b;
  return [64 + 876 * y, 512 + (896 * (b - y)) / 1.8814, 512 + (896 * (r - y)) / 1.4746].map(Math.round);
}

/** cd/m2 in BT.2020 to 8-bit BT.709: gamut by the matrix of BT.2087, hable by the largest component, gamma 2.4. */
function toneMapped([r = 0, g = 0, b = 0]: readonly number[]): number[] {
  const linear = [
    1.6605 * r - 0.5876 * g - 0.0728 * b,
    -0.1246 * r + 1.1329 * g - 0.0083 * b,
    -0.0182 * r - 0.1006 * g + 1.1187 * b,
  ].map((nits) => nits / 100);
  const peak = Math.max(...linear);
  const gain = hable(peak) / hable(10) / peak;
  return linear.map((value) => Math.round(255 * Math.min(1, Math.max(0, value * gain)) ** (1 / 2.4)));
}

/** Hable's filmic curve. */
function hable(x: number): number {
  return (x * (0.15 * x + 0.05) + 0.004) / (x * (0.15 * x + 0.5) + 0.06) - 0.02 / 0.3;
}

async function ssim(file: string, reference: string): Promise<number> {
  const stats = await ffmpeg([
    ...['-i', file, '-i', reference],
    '-lavfi',
    'ssim=stats_file=-',
    '-f',
    'null',
    '/dev/null',
  ]);
  const values = [...stats.toString().matchAll(/All:([\d.]+)/g)].map((match) => Number(match[1]));
  return Math.min(...values);
}
