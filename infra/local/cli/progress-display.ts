import { MultiBar, type SingleBar } from 'cli-progress';
import type { JobDocument, TaskDocument } from '../../../shared/core/document-schema.ts';
import type { TaskState } from '../../../shared/core/job.ts';
import type { Paint } from './text.ts';

/** Shows how jobs get on. */
export interface ProgressDisplay {
  update(label: string, job: JobDocument): void;
  /** A line that stays. */
  note(line: string): void;
  stop(): void;
}

const STATE_COLORS: Partial<Record<TaskState, 'green' | 'red' | 'yellow' | 'dim'>> = {
  succeeded: 'green',
  failed: 'red',
  canceled: 'yellow',
  skipped: 'dim',
};
/** With these a line fits into 80 columns, but for attempts in a container. */
const LABEL_WIDTH = 20;
const BAR_WIDTH = 20;
const TASK_WIDTH = 10;

/** Bars on a terminal, lines elsewhere. */
export function createProgressDisplay(
  stream: NodeJS.WritableStream & { readonly isTTY?: boolean },
  paint: Paint,
): ProgressDisplay {
  return stream.isTTY ? createBars(stream, paint) : createLines(stream);
}

function createBars(stream: NodeJS.WritableStream, paint: Paint): ProgressDisplay {
  const bars = new Map<string, SingleBar>();
  const all = new MultiBar({
    stream,
    format: '{label} {task} {bar} {percentage}% {state}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: BAR_WIDTH,
    hideCursor: true,
    clearOnComplete: false,
    autopadding: true,
    gracefulExit: false,
    emptyOnZero: true,
    forceRedraw: true,
  });
  return {
    update(label, job) {
      for (const task of job.tasks) {
        const name = `${label}\0${task.name}`;
        const payload = {
          label: cell(label, LABEL_WIDTH),
          task: cell(task.name, TASK_WIDTH),
          state: inWords(task, paint),
        };
        const bar = bars.get(name) ?? all.create(100, 0, payload);
        bars.set(name, bar);
        bar.update(Math.floor(task.progress * 100), payload);
      }
    },
    note: (line) => all.log(`${line}\n`),
    stop: () => all.stop(),
  };
}

/** A line for each change of state, and for each further quarter of a running task. */
function createLines(stream: NodeJS.WritableStream): ProgressDisplay {
  const told = new Map<string, string>();
  const tell = (name: string, text: string): void => {
    if (told.get(name) === text) return;
    told.set(name, text);
    stream.write(`${name.replace('\0', '  ')}  ${text}\n`);
  };
  return {
    update(label, job) {
      if (job.tasks.length === 0) tell(label, job.state);
      for (const task of job.tasks) {
        const quarter = Math.floor(task.progress * 4) * 25;
        const words = task.state === 'running' ? `running ${quarter} %` : task.state;
        tell(`${label}\0${task.name}`, withLane(task, words));
      }
    },
    note: (line) => void stream.write(`${line}\n`),
    stop: () => undefined,
  };
}

function inWords(task: TaskDocument, paint: Paint): string {
  const color = STATE_COLORS[task.state];
  const state =
    task.state === 'running' && task.attempt > 1 ? `running, attempt ${task.attempt}` : task.state;
  const words = withLane(task, state);
  return color === undefined ? words : paint(color, words);
}

/** The lane is worth a word where it is not the usual one. */
function withLane({ lane, state }: TaskDocument, words: string): string {
  return lane === 'lambda' || state === 'skipped' ? words : `${words} (${lane})`;
}

function cell(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}
