import http from 'node:http';

/** What the process is told to do. */
export interface LoadRequest {
  readonly url: string;
  readonly connections: number;
  readonly milliseconds: number;
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
}

/** Keep-alive connections, each asking again as soon as it is answered. */
export async function load({ url, connections, milliseconds }: LoadRequest): Promise<LoadResult> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const started = performance.now();
  const latencies: number[] = [];
  const ask = (): Promise<void> =>
    new Promise((resolve, reject) => {
      http
        .get(url, { agent }, (response) => {
          if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
          response.resume().on('end', resolve);
        })
        .on('error', reject);
    });
  const connection = async (): Promise<void> => {
    while (performance.now() - started < milliseconds) {
      const asked = performance.now();
      await ask();
      latencies.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  agent.destroy();
  latencies.sort((a, b) => a - b);
  return {
    requestsPerSecond: latencies.length / ((performance.now() - started) / 1000),
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
  };
}

process.once('message', async (request: LoadRequest) => {
  process.send?.(await load(request));
  process.disconnect();
});
