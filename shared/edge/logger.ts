import pino, { type Logger } from 'pino';

export type { Logger };

/**
 * JSON lines on standard output, one per entry whatever a value contains.
 * @param bindings Fields of every entry, for example the function's name.
 */
export function createLogger(level: string, bindings: Readonly<Record<string, unknown>> = {}): Logger {
  return pino(
    {
      level,
      base: bindings,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    // Synchronous: a frozen function environment would lose what is still buffered.
    pino.destination({ fd: 1, sync: true }),
  );
}
