import { closeSync } from 'node:fs';
import path from 'node:path';
import { known } from './broker.ts';
import type { Build } from './build.ts';
import type { FunctionDeclaration } from './declarations/functions.ts';
import { type Addresses, type EnvironmentOverrides, functionEnvironment } from './function-environment.ts';
import type { Home } from './home.ts';
import type { HostedFunction } from './host/host.ts';
import { openLog } from './open-log.ts';
import { isPrewarmed, localConcurrency } from './stack-options.ts';

export interface HostedFunctions {
  readonly functions: readonly HostedFunction[];
  closeLogs(): void;
}

export interface HostedFunctionsRequest {
  /** Those that take events. */
  readonly declared: readonly FunctionDeclaration[];
  readonly home: Home;
  readonly build: Build;
  readonly addresses: Addresses;
  readonly overrides: EnvironmentOverrides;
  readonly visibilitySeconds: number | undefined;
  readonly workers: number | undefined;
}

/** Binds the declared functions to this stack: bundles, limits, queues, and a log file each. */
export function hostedFunctions(request: HostedFunctionsRequest): HostedFunctions {
  const { declared, home, build, addresses, overrides, visibilitySeconds, workers } = request;
  const logs: number[] = [];
  const functions = declared.map((fn): HostedFunction => {
    const log = openLog(path.join(home.logs, `${fn.name}.log`));
    logs.push(log);
    return {
      spec: {
        name: fn.name,
        bundle: build.bundle(fn.folder),
        memoryMb: fn.memoryMb,
        timeoutSeconds: fn.timeoutSeconds,
        environment: functionEnvironment(fn, addresses, overrides),
      },
      place: { runtime: build.runtime, home: home.root, log },
      queues: fn.queues.map((source) => {
        const { url, arn } = known(addresses.broker.queues, source.queue);
        return {
          queueUrl: url,
          queueArn: arn,
          batchSize: source.batchSize,
          concurrency: localConcurrency(fn, source.maximumConcurrency, workers),
          reportsFailures: source.reportsFailures,
          ...(visibilitySeconds === undefined ? {} : { visibilitySeconds }),
        };
      }),
      prewarm: isPrewarmed(fn),
    };
  });
  return { functions, closeLogs: () => logs.forEach((log) => void closeSync(log)) };
}
