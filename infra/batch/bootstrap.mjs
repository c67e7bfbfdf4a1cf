// What the public Node image runs: fetches the worker's archive under the task role, checks its SHA-256, unpacks it and runs
// it. The packager puts this file, minified, into the job definitions' command, so it stands alone: Node and tar, no package.
// Exit codes are those of shared/core/batch-run.ts.
import { spawn } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const MISCONFIGURED = 64;
const RETRY = 75;
const ATTEMPTS = 5;
const { env } = process;

/** The process that `run` waits for, if any. */
let child;
let home;

class Stop extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

function setting(name) {
  if (!env[name]) throw new Stop(MISCONFIGURED, `${name} is not set`);
  return env[name];
}

async function readCredentials() {
  if (env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY)
    return {
      id: env.AWS_ACCESS_KEY_ID,
      secret: env.AWS_SECRET_ACCESS_KEY,
      token: env.AWS_SESSION_TOKEN,
    };
  const relative = env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI;
  const address = relative
    ? `http://169.254.170.2${relative}`
    : setting('AWS_CONTAINER_CREDENTIALS_FULL_URI');
  const authorization = env.AWS_CONTAINER_AUTHORIZATION_TOKEN;
  const response = await fetch(address, { headers: authorization ? { authorization } : {} });
  if (!response.ok) throw new Error(`the task role's credentials: ${response.status}`);
  const { AccessKeyId, SecretAccessKey, Token } = await response.json();
  return { id: AccessKeyId, secret: SecretAccessKey, token: Token };
}

function objectAddress(region) {
  const [bucket, key] = [setting('WORKER_ARCHIVE_BUCKET'), setting('WORKER_ARCHIVE_KEY')];
  const endpoint = env.AWS_ENDPOINT_URL_S3;
  if (endpoint) return new URL(`${endpoint}/${bucket}/${key}`);
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return new URL(`https://${bucket}.s3.${region}.${suffix}/${key}`);
}

/** Headers of a GET without a query, by AWS Signature Version 4. */
function signed(address, region, { id, secret, token }) {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const headers = { host: address.host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'x-amz-date': time };
  if (token) headers['x-amz-security-token'] = token;
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const request = ['GET', address.pathname, '', lines.join(''), names, 'UNSIGNED-PAYLOAD'].join('\n');
  const scope = [time.slice(0, 8), region, 's3', 'aws4_request'];
  const digest = createHash('sha256').update(request).digest('hex');
  const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
  const key = scope.reduce(hmac, `AWS4${secret}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope.join('/'), digest].join('\n')).toString('hex');
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${id}/${scope.join('/')}, SignedHeaders=${names}, Signature=${signature}`;
  return headers;
}

/** @returns the SHA-256 of what was written to `file` */
async function download(file) {
  const region = setting('AWS_REGION');
  const address = objectAddress(region);
  const response = await fetch(address, { headers: signed(address, region, await readCredentials()) });
  if (!response.ok) {
    const text = `the worker's archive: ${response.status} ${(await response.text()).slice(0, 300)}`;
    const mayPass = response.status >= 500 || response.status === 429 || response.status === 408;
    throw mayPass ? new Error(text) : new Stop(MISCONFIGURED, text);
  }
  const hash = createHash('sha256');
  await pipeline(
    response.body,
    async function* (chunks) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(file),
  );
  return hash.digest('hex');
}

async function downloadPatiently(file) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await download(file);
    } catch (error) {
      if (error instanceof Stop) throw error;
      const cause = error.cause ? `: ${error.cause.message}` : '';
      if (attempt === ATTEMPTS) throw new Stop(RETRY, `${error.message}${cause}`);
      await sleep(250 * 2 ** attempt * (0.5 + Math.random()));
    }
  }
}

/** @returns its exit code, 128 + n when signal n ended it */
function run(program, args, options) {
  return new Promise((resolve, reject) => {
    child = spawn(program, args, { stdio: 'inherit', ...options });
    child.on('error', (error) => reject(new Stop(MISCONFIGURED, error.message)));
    child.on('exit', (code, signal) => {
      child = undefined;
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

function end(code) {
  if (home) rmSync(home, { recursive: true, force: true });
  process.exit(code);
}

async function main() {
  const expected = setting('WORKER_ARCHIVE_SHA256');
  const root = env.SCRATCH_DIR || tmpdir();
  mkdirSync(root, { recursive: true });
  home = mkdtempSync(join(root, 'worker-'));
  const [archive, worker] = [join(home, 'archive.tar.gz'), join(home, 'worker')];
  const found = await downloadPatiently(archive);
  if (found !== expected)
    throw new Stop(MISCONFIGURED, `the worker's archive has SHA-256 ${found}, expected ${expected}`);
  mkdirSync(worker);
  const unpacked = await run('tar', ['-xzf', archive, '-C', worker, '--no-same-owner']);
  if (unpacked !== 0) throw new Stop(RETRY, `tar ended with ${unpacked}`);
  rmSync(archive);
  return run(process.execPath, [join(worker, 'functions/batch-worker/main.mjs')], {
    env: {
      ...env,
      FFMPEG_PATH: env.FFMPEG_PATH || join(worker, 'bin/ffmpeg'),
      FFPROBE_PATH: env.FFPROBE_PATH || join(worker, 'bin/ffprobe'),
    },
  });
}

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => (child ? child.kill(signal) : end(128 + constants.signals[signal])));
}
main().then(end, (error) => {
  console.error(JSON.stringify({ level: 'error', msg: `the worker could not be started: ${error.message}` }));
  end(error.code ?? RETRY);
});
