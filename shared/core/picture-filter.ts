import type { PicturePlan } from './plan.ts';

/** Pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/** ffmpeg's names for a matrix -> the names its `scale` filter takes. */
const SCALE_MATRICES: Readonly<Record<string, string>> = {
  bt709: 'bt709',
  fcc: 'fcc',
  smpte240m: 'smpte240m',
  bt470bg: 'bt601',
  smpte170m: 'bt601',
  bt2020nc: 'bt2020',
  bt2020c: 'bt2020',
};

const BT709_TAGS = 'setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709';

/**
 * Weaves the fields of an interlaced picture into frames, one per frame of the source; nothing for a progressive one.
 * Frames that are flagged progressive pass as they are.
 */
export function deinterlaceFilter(picture: PicturePlan): string[] {
  return picture.deinterlace ? ['bwdif=mode=send_frame:parity=auto:deint=interlaced'] : [];
}

/**
 * Brings upright frames of the source to `size`: square pixels, 8-bit 4:2:0, limited range, BT.709 (tone-mapped from
 * HDR). ffmpeg turns rotated pictures before any filter, so none is written here.
 */
export function pictureFilter(picture: PicturePlan, size: Size): string[] {
  return picture.tonemap ? toneMapped(picture, size) : standardRange(picture, size);
}

function standardRange(picture: PicturePlan, size: Size): string[] {
  const matrix = SCALE_MATRICES[picture.colorSpace];
  // RGB has no matrix to undo and is always full range; naming either would apply it to the output as well.
  const from = matrix ? `:in_color_matrix=${matrix}:in_range=${picture.colorRange}` : '';
  const scale = `scale=${size.width}:${size.height}:flags=bicubic${from}:out_color_matrix=bt709:out_range=tv`;
  if (matrix !== 'bt2020') return [scale, 'format=yuv420p', 'setsar=1', BT709_TAGS];
  return [
    `scale=${size.width}:${size.height}:flags=bicubic`,
    'setsar=1',
    `zscale=min=${zscaleMatrix(picture)}:pin=bt2020:tin=2020_10:rin=${picture.colorRange}:m=bt709:p=bt709:t=bt709:r=tv:d=error_diffusion`,
    'format=yuv420p',
    BT709_TAGS,
  ];
}

/** Scaled first: linear light in floats costs most per pixel. 100 cd/m2 is reference white; hable keeps highlights. */
function toneMapped(picture: PicturePlan, size: Size): string[] {
  const transfer = picture.tonemap === 'pq' ? 'smpte2084' : 'arib-std-b67';
  return [
    `scale=${size.width}:${size.height}:flags=bicubic`,
    'setsar=1',
    `zscale=min=${zscaleMatrix(picture)}:pin=bt2020:tin=${transfer}:rin=${picture.colorRange}:t=linear:npl=100`,
    'format=gbrpf32le',
    'zscale=p=bt709',
    'tonemap=tonemap=hable:desat=0',
    'zscale=m=bt709:t=bt709:r=tv',
    'format=yuv420p',
    BT709_TAGS,
  ];
}

function zscaleMatrix(picture: PicturePlan): string {
  return picture.colorSpace === 'bt2020c' ? '2020_cl' : '2020_ncl';
}
