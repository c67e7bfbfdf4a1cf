import { readFile } from 'node:fs/promises';

/** Kernel ticks a second as /proc counts them (USER_HZ, 100 on every Linux that Node runs on). */
const TICKS_PER_SECOND = 100;

/**
 * CPU seconds that these processes and their ended, waited-for children have used so far.
 * Linux only: fields 14 to 17 of /proc/<pid>/stat, proc(5).
 */
export async function cpuSeconds(pids: readonly number[]): Promise<number> {
  const each = await Promise.all(pids.map(ticks));
  return each.reduce((sum, value) => sum + value, 0) / TICKS_PER_SECOND;
}

async function ticks(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The command name in parentheses may hold spaces; fields are counted from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
}

/** Resident memory of these processes in MB. */
export async function residentMb(pids: readonly number[]): Promise<number> {
  const each = await Promise.all(
    pids.map(async (pid) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
    }),
  );
  return each.reduce((sum, value) => sum + value, 0);
}
