import type { Job, Task } from './job.ts';
import { containerUsd, type PriceTable, US_EAST_1 } from './prices.ts';

/**
 * USD at list prices for the ended attempts of all tasks and the objects written, to a millionth of a dollar.
 * Function time counts as GB-seconds plus one request an attempt, container time as vCPU-seconds with the
 * memory that comes with them. Storage, transfer and the service's own small functions are not in it.
 */
export function estimateCostUsd(job: Job, prices: PriceTable = US_EAST_1): number {
  const manifest = job.header.manifest === null ? 0 : prices.s3Put;
  const total = job.tasks.reduce((sum, task) => sum + taskCostUsd(task, prices), manifest);
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
    task.outputs.length * prices.s3Put
  );
}
