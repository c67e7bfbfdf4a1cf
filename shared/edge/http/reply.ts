export type HeaderFields = Readonly<Record<string, string>>;

const CORS: HeaderFields = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers':
    'ETag, Location, Retry-After, Content-Range, Accept-Ranges, Content-Length, WWW-Authenticate',
};

const PREFLIGHT: HeaderFields = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST, OPTIONS',
  'Access-Control-Allow-Headers': 'Authorization, Content-Type, If-None-Match, If-Range, Range',
  'Access-Control-Max-Age': '600',
};

/** The one place where responses are made, so that none goes without its CORS headers. */
export function reply(
  status: number,
  body: string | ReadableStream<Uint8Array> | null,
  headers: HeaderFields | PreparedHeaders,
): Response {
  const { all } = headers instanceof PreparedHeaders ? headers : new PreparedHeaders(headers);
  return new Response(body, { status, headers: all });
}

/** Headers that are sent many times over, merged once. */
export class PreparedHeaders {
  readonly all: Record<string, string>;

  constructor(headers: HeaderFields) {
    this.all = { ...CORS, ...headers };
  }
}

export function json(status: number, value: unknown, headers: HeaderFields = {}): Response {
  return reply(status, JSON.stringify(value), { 'Content-Type': 'application/json', ...headers });
}

/** Answers every OPTIONS request. */
export function preflight(): Response {
  return reply(204, null, PREFLIGHT);
}
