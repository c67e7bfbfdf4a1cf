import { parseArgs } from 'node:util';
import type { StackOptions } from '../stack-options.ts';

export interface DemoArguments {
  /** As given; empty: the film that comes with the project. */
  readonly files: readonly string[];
  readonly json: boolean;
  readonly out: string | undefined;
  /** Where the jobs start; absent: as predicted. */
  readonly lane: AvailableLane | undefined;
  readonly lambdaTimeoutSeconds: number | undefined;
  readonly lambdaMemoryMb: number | undefined;
  readonly dryRun: boolean;
  readonly help: boolean;
}

/** Thrown when the command line cannot be used; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Lanes that the embedded stack has. */
const AVAILABLE_LANES = ['lambda', 'chunked', 'batch'] as const;
type AvailableLane = (typeof AVAILABLE_LANES)[number];

/** A queue keeps a message hidden for no longer. */
const MAX_TIMEOUT_SECONDS = 43_200;
const MAX_MEMORY_MB = 10_240;

export const DEMO_USAGE = `Usage: npm run demo -- [FILE...] [options]

Makes renditions and thumbnails of each FILE; without one, of a 30 second film that comes with the project.

  --json                    print the final job documents as one JSON array, everything else on stderr
  --out DIR                 also copy every output to DIR/<jobId>/
  --lane LANE               where the work starts: lambda (a function per rendition, which hands over what
                            is too much for it), chunked (many functions, each with a part of the time)
                            or batch (a container); without, as predicted
  --lambda-timeout SECONDS  time limit of the functions
  --lambda-memory MB        memory limit of the functions
  --dry-run                 only tell what would be made, and what it would cost
  --help                    print this`;

/** @throws UsageError */
export function parseDemoArguments(args: readonly string[]): DemoArguments {
  const { values, positionals } = parse(args);
  return {
    files: positionals,
    json: values.json ?? false,
    out: nonEmpty('--out', values.out),
    lane: lane(values.lane),
    lambdaTimeoutSeconds: positive(
      '--lambda-timeout',
      'seconds',
      MAX_TIMEOUT_SECONDS,
      values['lambda-timeout'],
    ),
    lambdaMemoryMb: positive('--lambda-memory', 'megabytes', MAX_MEMORY_MB, values['lambda-memory']),
    dryRun: values['dry-run'] ?? false,
    help: values.help ?? false,
  };
}

/** The part that the stack takes. */
export function limitsOf({
  lane,
  lambdaTimeoutSeconds,
  lambdaMemoryMb,
}: DemoArguments): Partial<StackOptions> {
  return {
    ...(lane === undefined ? {} : { lane }),
    ...(lambdaTimeoutSeconds === undefined ? {} : { lambdaTimeoutSeconds }),
    ...(lambdaMemoryMb === undefined ? {} : { lambdaMemoryMb }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        out: { type: 'string' },
        lane: { type: 'string' },
        'lambda-timeout': { type: 'string' },
        'lambda-memory': { type: 'string' },
        'dry-run': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function nonEmpty(option: string, value: string | undefined): string | undefined {
  if (value === '') throw new UsageError(`${option} needs a value.`);
  return value;
}

function lane(value: string | undefined): AvailableLane | undefined {
  if (value === undefined) return undefined;
  const found = AVAILABLE_LANES.find((name) => name === value);
  if (found !== undefined) return found;
  throw new UsageError(`--lane must be one of ${AVAILABLE_LANES.join(', ')}, found "${value}".`);
}

function positive(option: string, unit: string, most: number, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (number > 0 && number <= most) return number;
  throw new UsageError(`${option} must be a number of ${unit} above 0 and up to ${most}, found "${value}".`);
}
