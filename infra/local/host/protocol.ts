import { z } from 'zod';

/** What the host tells an environment: handle one event. */
export interface InvokeRequest {
  readonly requestId: string;
  readonly event: unknown;
  readonly functionName: string;
  readonly memoryMb: number;
  /** Epoch milliseconds at which the host kills the environment. */
  readonly deadline: number;
}

const Thrown = z.object({ name: z.string(), message: z.string() });

/** What a handler threw; details are in the function's own log. */
export type Thrown = z.infer<typeof Thrown>;

/** What an environment tells the host. */
export const EnvironmentMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('unusable'), error: Thrown }),
  z.object({ type: z.literal('returned'), requestId: z.string(), value: z.unknown() }),
  z.object({ type: z.literal('threw'), requestId: z.string(), error: Thrown }),
]);
export type EnvironmentMessage = z.infer<typeof EnvironmentMessage>;
