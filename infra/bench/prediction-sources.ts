import path from 'node:path';
import { ffmpegCpu, words } from './ffmpeg-cpu.ts';
import { REAL_CLIP } from './media.ts';

export interface PredictionSource {
  readonly what: string;
  readonly file: string;
}

interface Recipe {
  readonly what: string;
  readonly file: string;
  /** Second of the film from which it is made, and for how long. */
  readonly from: number;
  readonly seconds: number;
  readonly args: string;
}

const SOUND = '-c:a aac -b:a 128k -ac 2';
const X265 = '-c:v libx265 -preset superfast -x265-params log-level=error';
const HDR = '-color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc';

/**
 * Ten that differ in codec, size, frame rate, bits per pixel and content, chosen before the table was measured. All come
 * of one film, because no other real clip is on npm; none of the seconds from which the table is measured is in them.
 */
const RECIPES: readonly Recipe[] = [
  { what: 'the film as it is', file: 'film.mp4', from: 16, seconds: 4, args: '-c copy' },
  {
    what: '720p H.264 of few bits',
    file: 'low.mp4',
    from: 20,
    seconds: 4,
    args: `-s 1280x720 -c:v libx264 -preset medium -crf 30 ${SOUND}`,
  },
  {
    what: '1080p HEVC',
    file: 'hevc.mp4',
    from: 4,
    seconds: 3,
    args: `${X265} -crf 26 -pix_fmt yuv420p ${SOUND}`,
  },
  {
    what: '1080p HEVC, 10 bits, HDR',
    file: 'hdr.mp4',
    from: 24,
    seconds: 2,
    args: `${X265} -crf 22 -pix_fmt yuv420p10le ${HDR} ${SOUND}`,
  },
  {
    what: '720p VP9',
    file: 'vp9.webm',
    from: 8,
    seconds: 3,
    args: '-s 1280x720 -c:v libvpx-vp9 -deadline realtime -cpu-used 7 -b:v 1200k -c:a libopus -ac 2',
  },
  {
    what: '576i MPEG-2, 25 frames',
    file: 'fields.ts',
    from: 18,
    seconds: 4,
    args: '-vf scale=720:576,fps=50,interlace -c:v mpeg2video -b:v 5M -flags +ildct+ilme -top 1 -c:a mp2 -ac 2',
  },
  {
    what: '1080p with grain',
    file: 'grain.mp4',
    from: 1,
    seconds: 3,
    args: `-vf noise=alls=14:allf=t -c:v libx264 -preset veryfast -crf 22 ${SOUND}`,
  },
  {
    what: '1080p, a picture that stands still',
    file: 'still.mp4',
    from: 26,
    seconds: 4,
    args: '-an -vf select=eq(n\\,0),loop=loop=-1:size=1,setpts=N/30/TB -r 30 -c:v libx264 -preset veryfast -crf 20',
  },
  {
    what: '2160p H.264',
    file: 'large.mp4',
    from: 10,
    seconds: 2,
    args: `-vf scale=3840:2160:flags=bicubic -c:v libx264 -preset superfast -crf 23 ${SOUND}`,
  },
  {
    what: 'portrait H.264, 60 frames',
    file: 'portrait.mp4',
    from: 22,
    seconds: 3,
    args: `-vf crop=608:1080,minterpolate=fps=60:mi_mode=blend -c:v libx264 -preset veryfast -crf 20 ${SOUND}`,
  },
];

export async function makePredictionSources(directory: string): Promise<readonly PredictionSource[]> {
  const sources: PredictionSource[] = [];
  for (const { what, file: name, from, seconds, args } of RECIPES) {
    const file = path.join(directory, name);
    const cut = [
      '-ss',
      String(from),
      '-i',
      REAL_CLIP,
      '-map',
      '0:v:0',
      '-map',
      '0:a:0',
      '-t',
      String(seconds),
    ];
    await ffmpegCpu([...cut, ...words(args), file]);
    sources.push({ what, file });
  }
  return sources;
}
