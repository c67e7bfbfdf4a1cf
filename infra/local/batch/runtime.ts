import { pathToFileURL } from 'node:url';

/** Runs the worker named by the first argument, in a container's stead: the process ends when the worker does. */
async function main(): Promise<void> {
  // The embedded Batch is gone: nobody else would end the worker and its children.
  process.once('disconnect', () => process.kill(-process.pid, 'SIGKILL'));
  // Listening must not keep a worker alive that has nothing left to do.
  process.channel?.unref();
  const worker = process.argv[2];
  if (worker === undefined) throw new Error('The runtime needs the path of a bundle.');
  await import(pathToFileURL(worker).href);
}

await main();
