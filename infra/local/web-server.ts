import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';

/** Answers a request; as Hono's `app.fetch`. */
export type Fetch = (request: Request) => Response | Promise<Response>;

export interface WebServer {
  readonly port: number;
  /** `http://localhost:<port>`. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Both addresses of the name `localhost`; machines without IPv6 have only the first. */
const LOOPBACK = ['127.0.0.1', '::1'];

/**
 * Listens on loopback only.
 * @param port 0 takes a free one
 * @throws Error with code `EADDRINUSE` when another program has the port
 */
export async function startWebServer(fetch: Fetch, port: number): Promise<WebServer> {
  const servers: Server[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map(close));
  };
  let bound = port;
  try {
    for (const host of LOOPBACK) {
      const server = createServer(fetch);
      try {
        bound = await listen(server, bound, host);
        servers.push(server);
      } catch (error) {
        if (!isOptional(error, host, port)) throw error;
      }
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { port: bound, url: `http://localhost:${bound}`, stop };
}

function createServer(fetch: Fetch): Server {
  const server = createAdaptorServer({ fetch }) as Server;
  // An upload takes as long as it takes.
  server.requestTimeout = 0;
  return server;
}

/** No IPv6 here, or a free port that is not free there too. */
function isOptional(error: unknown, host: string, wanted: number): boolean {
  if (host !== '::1' || !(error instanceof Error) || !('code' in error)) return false;
  return error.code !== 'EADDRINUSE' || wanted === 0;
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      if (address !== null && typeof address === 'object') resolve(address.port);
      else reject(new Error('The web server has no port.'));
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
