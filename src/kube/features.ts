import { sleep, type Clock } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { ApiError } from './errors.ts';
import type { Transport } from './transport.ts';

/** What an API server may be able to do, or not. */
export interface ServerFeatures {
  /** Whether it keeps `spec.resources` of a pod: beta and on by default from Kubernetes 1.34. */
  readonly podLevelResources: boolean;
}

export const noFeatures: ServerFeatures = { podLevelResources: false };

/** Between two attempts to reach a server that does not answer. */
const pauseMs = 1000;

export interface FeatureContext {
  readonly transport: Pick<Transport, 'request'>;
  /** One in which pods may be created. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Asks the API server what it would make of a pod, without storing one (dry run). Its schema would not do: that has the
 * member since 1.32, and a server whose feature is off drops it in silence. A refusal tells nothing, so that the
 * feature is taken for absent, and so does a webhook that is down: nothing may wait for it. A server that cannot be
 * reached is asked again until the signal aborts.
 */
export async function findServerFeatures(context: FeatureContext, signal: AbortSignal): Promise<ServerFeatures> {
  const { clock, log } = context;
  while (!signal.aborted) {
    try {
      const features = { podLevelResources: await keepsPodResources(context, signal) };
      log.info('Server features found', { ...features });
      return features;
    } catch (error) {
      log.warn(isRefusal(error) ? 'Server features not found, none are used' : 'Server features not found yet', {
        reason: errorMessage(error),
      });
      if (isRefusal(error)) return noFeatures;
      await sleep(clock, pauseMs, signal);
    }
  }
  return noFeatures;
}

/** Not one that says to come again, or does not know who asks. A webhook that fails the server tells as its own error. */
function isRefusal(error: unknown): boolean {
  if (errorMessage(error).includes('failed calling webhook')) return true;
  return error instanceof ApiError && error.status < 500 && ![401, 429].includes(error.status);
}

async function keepsPodResources({ transport, namespace }: FeatureContext, signal: AbortSignal): Promise<boolean> {
  const pod = await transport.request<{ readonly spec?: { readonly resources?: { readonly limits?: object } } }>({
    verb: 'create',
    resource: 'pods',
    path: `/api/v1/namespaces/${namespace}/pods`,
    query: { dryRun: 'All' },
    body: probe,
    signal,
  });
  return pod.spec?.resources?.limits !== undefined;
}

const resources = { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '10m', memory: '16Mi' } };

/** As harmless as a pod can be, for those namespaces that take no other. */
const probe = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { generateName: 'ecs-operator-dry-run-' },
  spec: {
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 65_534, seccompProfile: { type: 'RuntimeDefault' } },
    resources,
    containers: [
      {
        name: 'dry-run',
        image: 'dry-run',
        resources,
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  },
};
