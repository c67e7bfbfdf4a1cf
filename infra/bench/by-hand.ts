import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** The ladder that the commands below make, as a person would write it down for this 1080p24 clip. */
const LADDER = [
  { name: '480p', size: '854:480', maxrate: '1500k', bufsize: '3000k' },
  { name: '720p', size: '1280:720', maxrate: '3500k', bufsize: '7000k' },
  { name: '1080p', size: '1920:1080', maxrate: '6000k', bufsize: '12000k' },
] as const;

/** Arguments of the three hand-written commands; `threads` is the encoder's, 0 for ffmpeg's own choice. */
export function commandsByHand(source: string, outDir: string, threads: number): string[][] {
  return LADDER.map(({ name, size, maxrate, bufsize }) =>
    [
      `-nostdin -hide_banner -loglevel error -y -i ${source} -map 0:v:0 -map 0:a:0`,
      `-vf scale=${size}:flags=bicubic,setsar=1 -r 24 -pix_fmt yuv420p`,
      `-c:v libx264 -profile:v high -preset veryfast -crf 23 -maxrate ${maxrate} -bufsize ${bufsize}`,
      `-g 48 -keyint_min 48 -sc_threshold 0 -threads ${threads}`,
      `-c:a aac -b:a 128k -ac 2 -ar 48000 -movflags +faststart ${join(outDir, `${name}.mp4`)}`,
    ].flatMap((part) => part.split(' ')),
  );
}

/** Starts all commands at once and waits for the last; throws when one fails. */
export async function runTogether(program: string, commands: readonly (readonly string[])[]): Promise<void> {
  await Promise.all(
    commands.map(
      (args) =>
        new Promise<void>((resolve, reject) => {
          const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
          child.on('error', reject);
          child.on('exit', (code) =>
            code === 0 ? resolve() : reject(new Error(`${program} ${args.join(' ')} exited with ${code}`)),
          );
        }),
    ),
  );
}
