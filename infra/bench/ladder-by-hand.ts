import { join } from 'node:path';

/** The ladder as a person would write it down for a 1080p24 clip. */
const LADDER = [
  { name: '480p', size: '854:480', maxrate: '1500k', bufsize: '3000k' },
  { name: '720p', size: '1280:720', maxrate: '3500k', bufsize: '7000k' },
  { name: '1080p', size: '1920:1080', maxrate: '6000k', bufsize: '12000k' },
] as const;

/**
 * One hand-written command that decodes once, splits, scales and encodes the whole ladder.
 * @param threads of each encoder; 0 is ffmpeg's own choice
 */
export function ladderByHand(source: string, outDir: string, threads: number): string[] {
  const names = LADDER.map(({ name }) => `[in${name}]`).join('');
  const scalers = LADDER.map(
    ({ name, size }) => `[in${name}]scale=${size}:flags=bicubic,setsar=1[${name}]`,
  ).join(';');
  return [
    ...words('-nostdin -hide_banner -loglevel error -y -i'),
    source,
    '-filter_complex',
    `[0:v:0]split=${LADDER.length}${names};${scalers}`,
    ...LADDER.flatMap(({ name, maxrate, bufsize }) => [
      ...words(
        `-map [${name}] -map 0:a:0 -r 24 -pix_fmt yuv420p -c:v libx264 -profile:v high -preset veryfast`,
      ),
      ...words(`-crf 23 -maxrate ${maxrate} -bufsize ${bufsize} -g 48 -keyint_min 48 -sc_threshold 0`),
      ...words(`-threads ${threads} -c:a aac -b:a 128k -ac 2 -ar 48000 -movflags +faststart`),
      join(outDir, `${name}.mp4`),
    ]),
  ];
}

function words(text: string): string[] {
  return text.split(' ');
}
