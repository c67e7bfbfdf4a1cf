import { ffmpeg } from './clips.ts';

/** Mean SSIM of all planes, frame by frame. */
export async function similarity(file: string, reference: string): Promise<number> {
  const filter = '[0:v]settb=1/1000,setpts=N[a];[1:v]settb=1/1000,setpts=N[b];[a][b]ssim=stats_file=-';
  const lines = await ffmpeg([
    '-i',
    file,
    '-i',
    reference,
    '-filter_complex',
    filter,
    '-f',
    'null',
    '/dev/null',
  ]);
  const values = [...lines.toString().matchAll(/All:([\d.]+)/g)].map(([, value]) => Number(value));
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
