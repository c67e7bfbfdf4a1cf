import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface GroupMember {
  readonly pid: number;
  readonly group: number;
  /** Command line; empty for a process that has ended. */
  readonly args: string;
}

/** Resident memory in megabytes of each process group asked for, summed over its processes. */
export type MeasureGroups = (groups: ReadonlySet<number>) => Promise<ReadonlyMap<number, number>>;

/** Looks at /proc where there is one, else asks `ps`. Remembers who belongs to nobody, so that a sample stays cheap. */
export function createGroupMeter(platform: NodeJS.Platform = process.platform): MeasureGroups {
  return platform === 'linux' ? createProcMeter() : measureWithPs;
}

const FORGET_AFTER_MS = 2_000;

function createProcMeter(): MeasureGroups {
  const groupOfPid = new Map<number, number>();
  let sampledAt = 0;
  return async (groups) => {
    const now = performance.now();
    // After a pause a pid may belong to somebody else.
    if (now - sampledAt > FORGET_AFTER_MS) groupOfPid.clear();
    sampledAt = now;
    const alive = new Set(listPids());
    for (const pid of groupOfPid.keys()) if (!alive.has(pid)) groupOfPid.delete(pid);
    const totals = new Map<number, number>();
    for (const pid of alive) {
      // A leader is looked up afresh: before it leads, it is seen in the group of its parent.
      const known = groups.has(pid) ? pid : groupOfPid.get(pid);
      const group = known ?? groupOf(pid);
      if (group === undefined) continue;
      groupOfPid.set(pid, group);
      if (groups.has(group)) totals.set(group, (totals.get(group) ?? 0) + residentMb(pid));
    }
    return totals;
  };
}

async function measureWithPs(groups: ReadonlySet<number>): Promise<ReadonlyMap<number, number>> {
  const { stdout } = await run('ps', ['-A', '-o', 'pgid=,rss=']);
  const totals = new Map<number, number>();
  for (const line of stdout.split('\n')) {
    const [group = Number.NaN, kilobytes = 0] = line.trim().split(/\s+/).map(Number);
    if (groups.has(group)) totals.set(group, (totals.get(group) ?? 0) + kilobytes / 1024);
  }
  return totals;
}

/** Everyone in the group, dead-but-not-reaped processes left out. */
export async function groupMembers(
  group: number,
  platform: NodeJS.Platform = process.platform,
): Promise<readonly GroupMember[]> {
  if (platform === 'linux') {
    return listPids()
      .filter((pid) => groupOf(pid) === group)
      .map((pid) => ({ pid, group, args: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim() }))
      .filter((member) => member.args !== '');
  }
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,pgid=,args=']);
  return stdout
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null && Number(match[2]) === group && match[3] !== '')
    .map((match) => ({ pid: Number(match?.[1]), group, args: match?.[3] ?? '' }));
}

/**
 * A text that differs between two processes that had the same pid one after the other; null when there is
 * no such process.
 */
export async function processIdentity(
  pid: number,
  platform: NodeJS.Platform = process.platform,
): Promise<string | null> {
  if (platform === 'linux') {
    const fields = statFields(pid);
    const [state, startTicks] = [fields[0], fields[19]];
    return startTicks === undefined || state === 'Z' ? null : `${pid}@${startTicks}`;
  }
  try {
    const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)]);
    return stdout.trim() === '' ? null : `${pid}@${stdout.trim()}`;
  } catch {
    return null; // ps exits 1 for a pid that is not there
  }
}

/** SIGKILL to every process of the group; nothing happens when there is none left. */
export function killGroup(group: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM'))) {
      throw error;
    }
  }
}

/** Ends what the leader left behind and waits until it is gone; a process in the kernel's hands may take a moment. */
export async function emptyGroup(group: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    killGroup(group);
    if ((await groupMembers(group)).length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function listPids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

/** Fields of /proc/<pid>/stat from the state on; empty when the process is gone. */
function statFields(pid: number): string[] {
  const text = read(`/proc/${pid}/stat`);
  const afterName = text.slice(text.lastIndexOf(')') + 2);
  return afterName === '' ? [] : afterName.split(' ');
}

function groupOf(pid: number): number | undefined {
  const group = statFields(pid)[2];
  return group === undefined ? undefined : Number(group);
}

function residentMb(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1];
  return kilobytes === undefined ? 0 : Number(kilobytes) / 1024;
}

/** Empty when the file, and so the process, is gone. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
