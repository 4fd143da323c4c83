import assert from 'node:assert/strict';
import type { Pod } from '../../src/api/meta.ts';
import { pinOf } from '../../src/core/placement/operator/pin.ts';
import { placementOf } from '../../src/core/placement/terms.ts';
import type { ServiceWorld } from '../../src/core/service/world.ts';
import { deepFreeze } from './builders.ts';
import { ClusterModel } from './cluster-model.ts';
import { ClusterNodes, nodeLossMs } from './cluster-nodes.ts';
import type { Fortune } from './fortune.ts';
import { hasEnded, isInService, isMeantToRun, progressed } from './pod-life.ts';

/** Nodes with this label are not to have a task. */
export const off = { stage: 'off' };

const constraints = [{ type: 'memberOf' as const, expression: 'not(attribute:stage == off)' }];

/**
 * A cluster of five nodes with a DAEMON. After every act of the operator each node has one task at most, told to stop or
 * not, and as many nodes have a healthy one as `minimumHealthyPercent` asks for, or as had one before.
 */
export class DaemonCluster extends ClusterModel {
  override readonly nodes = new ClusterNodes(5);
  /** Names of nodes that have other tasks. */
  readonly others = new Set<string>();

  constructor(minimumHealthyPercent: number) {
    super();
    this.change({
      schedulingStrategy: 'DAEMON',
      placementConstraints: constraints,
      deploymentConfiguration: { minimumHealthyPercent },
    });
  }

  override observe(): ServiceWorld {
    const placement = placementOf(this.service.spec, undefined);
    return deepFreeze({ ...super.observe(), placement, hasOthersOn: (name: string) => this.others.has(name) });
  }

  override reconcile(fortune?: Fortune): ReturnType<ClusterModel['reconcile']> {
    const before = this.#healthyNodes();
    const matching = this.matching();
    const outcome = super.reconcile(fortune);
    this.assertOneEach();
    const left = this.#healthyNodes().filter((name) => matching.includes(name)).length;
    const had = before.filter((name) => matching.includes(name)).length;
    const { minimumHealthyPercent = 0 } = this.service.spec.deploymentConfiguration;
    assert(left >= Math.min(had, Math.ceil((matching.length * minimumHealthyPercent) / 100)), 'too few are healthy');
    return outcome;
  }

  /** A pod goes to the node that it is pinned to, once that takes pods. */
  override stageAfter(pod: Pod, index: number): Pod | undefined {
    if (pod.spec?.nodeName !== undefined) return super.stageAfter(pod, index);
    if (pod.metadata.deletionTimestamp !== undefined) return undefined;
    const which = this.nodes.numberOf(pinOf(pod) ?? '');
    return this.nodes.isReady(which) ? progressed(pod, this.nodes.nameOf(which), this.now.iso) : pod;
  }

  /** Names of the nodes that are what is asked for, not lost, and not drained, or still have other tasks. */
  matching(): string[] {
    return [...this.nodes.views.values()]
      .filter(({ metadata }) => metadata.labels?.['stage'] !== 'off')
      .filter(({ status }) => {
        const ready = status?.conditions?.find(({ type }) => type === 'Ready');
        return ready?.status === 'True' || Date.parse(ready?.lastTransitionTime ?? '') + nodeLossMs > this.now.epochMs;
      })
      .filter(({ metadata, spec = {} }) => {
        const isMarked = spec.taints?.some(({ key }) => key.startsWith('karpenter')) === true;
        const isBarred = (spec.taints ?? []).length > 0 && this.tasksOf(metadata.name).length === 0;
        return !isBarred && ((spec.unschedulable !== true && !isMarked) || this.others.has(metadata.name));
      })
      .map(({ metadata }) => metadata.name);
  }

  /** The tasks on a node, or for it, that have not stopped. */
  tasksOf(name: string): Pod[] {
    return this.pods.filter((pod) => !hasEnded(pod) && (pod.spec?.nodeName ?? pinOf(pod)) === name);
  }

  assertOneEach(): void {
    const names = this.pods.filter((pod) => !hasEnded(pod)).map((pod) => pod.spec?.nodeName ?? pinOf(pod));
    assert.equal(new Set(names).size, names.length, `two tasks on a node: ${names.join(' ')}`);
  }

  #healthyNodes(): string[] {
    const healthy = this.pods.filter((pod) => isMeantToRun(pod) && isInService(pod, this.now.epochMs));
    return healthy.flatMap((pod) => pod.spec?.nodeName ?? []);
  }
}
