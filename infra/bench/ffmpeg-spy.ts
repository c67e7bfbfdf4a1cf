import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** CPU seconds of ffmpeg processes. */
export interface Spent {
  /** Of those that encode video. */
  readonly encodes: number;
  readonly others: number;
}

/** A stand-in for ffmpeg that writes down what each run has used. */
export interface FfmpegSpy {
  readonly program: string;
  spent(): Promise<Spent>;
  forget(): Promise<void>;
}

export async function spyOn(program: string, directory: string): Promise<FfmpegSpy> {
  const file = path.join(directory, 'ffmpeg-spy');
  const journal = path.join(directory, 'ffmpeg-spy.journal');
  // The last line of `times` is what ended children have used: minutes and seconds, user and system.
  await writeFile(
    file,
    `#!/bin/sh
kind=other; case "$*" in *libx264*) kind=encode;; esac
'${program}' "$@"; status=$?
times > '${journal}'.$$
echo "$kind $(/usr/bin/tail -n 1 '${journal}'.$$)" >> '${journal}'
/bin/rm '${journal}'.$$
exit $status
`,
  );
  await chmod(file, 0o755);
  return {
    program: file,
    async spent() {
      const lines = (await readFile(journal, 'utf8')).trim().split('\n');
      const sum = (kind: string): number =>
        lines.filter((line) => line.startsWith(kind)).reduce((total, line) => total + secondsOf(line), 0);
      return { encodes: sum('encode'), others: sum('other') };
    },
    forget: () => rm(journal, { force: true }),
  };
}

/** `encode 0m1.20s 0m0.10s` */
function secondsOf(line: string): number {
  return [...line.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (total, [, minutes, seconds]) => total + Number(minutes) * 60 + Number(seconds),
    0,
  );
}
