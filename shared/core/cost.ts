import type { Job, Task } from './job.ts';
import { containerUsd, type PriceTable, US_EAST_1 } from './prices.ts';

/**
 * USD at list prices for the ended attempts of all tasks and chunks and the objects written, to a millionth of a
 * dollar. Function time counts as GB-seconds plus one request an attempt, container time as vCPU-seconds with the
 * memory that comes with them. Storage, transfer, the parts of uploads and the service's own small functions are not
 * in it.
 */
export function estimateCostUsd({ header, tasks, chunks }: Job, prices: PriceTable = US_EAST_1): number {
  const ends = [header.playlist, header.manifest].filter((output) => output !== null);
  const total = [...tasks, ...chunks].reduce(
    (sum, task) => sum + taskCostUsd(task, prices),
    ends.length * prices.s3Put,
  );
  return Math.round(total * 1e6) / 1e6;
}

function taskCostUsd(task: Task, prices: PriceTable): number {
  const { billedMs, memoryMb, vcpuSeconds } = task.usage;
  const gbSeconds = (billedMs / 1000) * (memoryMb / 1024);
  const requests = billedMs > 0 ? task.attempt : 0;
  return (
    gbSeconds * prices.lambdaGbSecond +
    requests * prices.lambdaRequest +
    containerUsd(vcpuSeconds, prices) +
    (task.outputs.length + task.media.length) * prices.s3Put
  );
}
