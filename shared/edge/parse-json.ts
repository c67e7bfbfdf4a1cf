import type { z } from 'zod';

/** Input that does not have the expected form; the message names the field, from the outer event inwards. */
export class ParseError extends Error {
  override readonly name = 'ParseError';
}

/**
 * Parses JSON text with a schema.
 * @param at Path of the text within the outer event, for example `Records[0].body`.
 * @throws ParseError
 */
export function parseJson<T>(schema: z.ZodType<T>, text: string, at: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ParseError(`${at}: expected JSON, found ${JSON.stringify(text.slice(0, 80))}`, { cause });
  }
  return parseValue(schema, value, at);
}

/** @throws ParseError */
export function parseValue<T>(schema: z.ZodType<T>, value: unknown, at: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${fieldPath(at, issue.path)}: ${issue.message}`);
  throw new ParseError(problems.join('; '), { cause: parsed.error });
}

function fieldPath(at: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}${text && '.'}${String(key)}`),
    at,
  );
}
