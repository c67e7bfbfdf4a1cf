import type { Warning } from '../errors.ts';
import type { Output, Source } from '../job.ts';
import type { Plan } from '../plan.ts';
import type { Probe } from '../probe.ts';
import type { MediaInput } from './media.ts';

export interface MakeContext {
  readonly jobId: string;
  readonly source: Source;
  readonly probe: Probe;
  readonly plan: Plan;
  /** The source, opened. */
  readonly input: MediaInput;
  /** What the tasks have committed that this one waited for. */
  readonly committed: readonly Output[];
  /** Empty directory of this attempt; wiped afterwards whatever happens. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  /** 0 to 1. */
  readonly onProgress: (fraction: number) => void;
}

/** A verified file in scratch, ready to be committed. */
export interface MadeFile extends Omit<Output, 'bytes' | 'sha256' | 'bitrate'> {
  readonly file: string;
}

export interface Made {
  readonly files: readonly MadeFile[];
  readonly warnings: readonly Warning[];
}

/** Makes the outputs of one task. */
export type Make = (context: MakeContext) => Promise<Made>;
