import { after, before } from 'mocha';
import { LocalApi } from '../../deploy/local/api.ts';
import { loseNode, returnNode } from '../../deploy/local/node-loss.ts';
import { createNodes, defaultNodes, ec2Node } from '../../deploy/local/nodes.ts';
import type { Node } from '../../src/api/meta.ts';
import { clusterSetting, eventually, kubectl, kubectlJson } from './cluster.ts';

const groupLabel = 'eks.amazonaws.com/nodegroup';

/** The simulated EC2 nodes of the cluster that a suite runs on: more of them, lost ones, cordoned ones. */
export class RealNodes {
  #api: LocalApi | undefined;

  /** Before the suite: there are `count` nodes; after it all are as they were. */
  static forSuite(count: number): RealNodes {
    const nodes = new RealNodes();
    before(() => nodes.#open(count));
    after(() => nodes.#restore(count));
    return nodes;
  }

  /** Cuts nodes off at once. Takes 13 s. */
  async lose(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => loseNode(this.api, name)));
  }

  /** Brings lost nodes back. */
  async return(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => returnNode(this.api, name)));
    await areReady(names);
  }

  /** Keeps new pods off all nodes of a group. */
  async cordon(group: string): Promise<void> {
    await kubectl(['cordon', '-l', `${groupLabel}=${group}`]);
  }

  async uncordon(group: string): Promise<void> {
    await kubectl(['uncordon', '-l', `${groupLabel}=${group}`]);
  }

  /** The names of the nodes of a group. */
  async of(group: string): Promise<ReadonlySet<string>> {
    const nodes = await list();
    return new Set(nodes.filter(({ metadata }) => metadata.labels?.[groupLabel] === group).map(nameOf));
  }

  get api(): LocalApi {
    if (!this.#api) throw new Error('The hooks of the suite have not run');
    return this.#api;
  }

  async #open(count: number): Promise<void> {
    this.#api = new LocalApi(clusterSetting('ECS_OPERATOR_TEST_KUBECONFIG'));
    await createNodes(this.api, count);
    await areReady((await list()).map(nameOf));
  }

  async #restore(count: number): Promise<void> {
    const further = Array.from({ length: count - defaultNodes }, (_, index) => nameOf(ec2Node(defaultNodes + index)));
    await kubectl(['delete', 'node', ...further, '--ignore-not-found']);
    await kubectl(['uncordon', '-l', groupLabel]);
    await this.return((await list()).filter((node) => !isReady(node)).map(nameOf));
    await this.api.close();
  }
}

async function list(): Promise<readonly Node[]> {
  return (await kubectlJson<{ items: readonly Node[] }>('get', 'nodes', '-l', groupLabel)).items;
}

function areReady(names: readonly string[]): Promise<void> {
  return eventually(async () => {
    const late = (await list()).filter((node) => names.includes(nameOf(node)) && !isReady(node));
    if (late.length > 0) throw new Error(`Not Ready: ${late.map(nameOf).join(', ')}`);
  });
}

/** Ready, and rid of the taint that keeps pods away until the node controller has seen it. */
function isReady({ spec, status }: Node): boolean {
  const isTainted = (spec?.taints ?? []).some(({ key }) => /^node.kubernetes.io\/(not-ready|unreachable)$/.test(key));
  return (
    !isTainted && (status?.conditions ?? []).some(({ type, status: holds }) => type === 'Ready' && holds === 'True')
  );
}

function nameOf({ metadata }: { readonly metadata: { readonly name: string } }): string {
  return metadata.name;
}
