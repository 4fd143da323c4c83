import type { Contender, ContenderName } from './job.ts';

/** Each contender's program, loaded only by the process that runs it: what it imports counts as its memory. */
export const contenders: Readonly<Record<ContenderName, (kubeconfig: string) => Promise<Contender>>> = {
  kit: async (kubeconfig) => (await import('./ours.ts')).createContender(kubeconfig),
  stock: async (kubeconfig) => (await import('./stock.ts')).createContender(kubeconfig),
  raw: async (kubeconfig) => (await import('./raw.ts')).createContender(kubeconfig),
};
