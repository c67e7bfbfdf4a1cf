import { z } from 'zod';
import { ArnOf, GetAtt, Ref, type Reference } from './reference.ts';

export interface QueueSourceDeclaration {
  /** Logical id of the queue. */
  readonly queue: string;
  readonly batchSize: number;
  /** Environments at work at once; AWS allows 2 or more. */
  readonly maximumConcurrency: number;
  readonly reportsFailures: boolean;
}

export interface FunctionDeclaration {
  readonly name: string;
  /** Folder below `functions/`. */
  readonly folder: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string | Reference>>;
  readonly queues: readonly QueueSourceDeclaration[];
  /** Seconds between two runs; null when it has no schedule. */
  readonly everySeconds: number | null;
  /** Whether it answers the HTTP API. */
  readonly http: boolean;
}

const SECONDS_PER_UNIT: Readonly<Record<string, number>> = { minute: 60, hour: 3_600, day: 86_400 };

const QueueEvent = z.strictObject({
  sqs: z.strictObject({
    arn: ArnOf,
    batchSize: z.number().int().min(1).max(10),
    functionResponseType: z.literal('ReportBatchItemFailures').optional(),
    maximumConcurrency: z.number().int().min(2),
  }),
});
const ScheduleEvent = z.strictObject({ schedule: z.string().transform(rateSeconds) });
const HttpEvent = z.strictObject({ httpApi: z.literal('*') });

const Environment = z.record(
  z.string(),
  z.union([z.union([z.string(), z.number(), z.boolean()]).transform(String), Ref, GetAtt]),
);

const FunctionEntry = z.strictObject({
  handler: z.string().regex(/^functions\/[a-z-]+\/handler\.handler$/),
  description: z.string(),
  role: z.unknown(),
  memorySize: z.number().positive(),
  timeout: z.number().positive(),
  ephemeralStorageSize: z.number().positive().optional(),
  environment: Environment.default({}),
  events: z.array(z.union([QueueEvent, ScheduleEvent, HttpEvent])),
});

/**
 * Reads the framework's list of function files.
 * @param shared environment of the provider, which every function gets
 */
export function readFunctions(functions: unknown, shared: unknown): readonly FunctionDeclaration[] {
  const common = Environment.parse(shared ?? {});
  const entries = z.array(z.record(z.string(), FunctionEntry)).parse(functions);
  return entries.flatMap((file) =>
    Object.entries(file).map(([name, entry]) => ({
      name,
      folder: entry.handler.split('/')[1] ?? '',
      timeoutSeconds: entry.timeout,
      memoryMb: entry.memorySize,
      environment: { ...common, ...entry.environment },
      queues: entry.events.flatMap((event) =>
        'sqs' in event
          ? [
              {
                queue: event.sqs.arn,
                batchSize: event.sqs.batchSize,
                maximumConcurrency: event.sqs.maximumConcurrency,
                reportsFailures: event.sqs.functionResponseType !== undefined,
              },
            ]
          : [],
      ),
      everySeconds:
        entry.events.map((event) => ('schedule' in event ? event.schedule : null)).find(Boolean) ?? null,
      http: entry.events.some((event) => 'httpApi' in event),
    })),
  );
}

/** `rate(5 minutes)` in seconds. */
function rateSeconds(text: string): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(text) ?? [];
  const seconds = SECONDS_PER_UNIT[unit ?? ''];
  if (count === undefined || seconds === undefined) {
    throw new Error(`A schedule must be rate(N minutes|hours|days), found ${text}.`);
  }
  return Number(count) * seconds;
}
