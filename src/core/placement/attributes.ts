import { group } from '../../api/meta.ts';

/** What a node is known by where attributes are asked for. */
export type NodeLabels = Readonly<Record<string, string>>;

/** The label of nodes that holds an attribute. */
export interface AttributeLabel {
  readonly key: string;
  /** A value of the attribute as the label has it. */
  readonly toLabel: (value: string) => string;
  /** The other way round. */
  readonly fromLabel: (value: string) => string;
}

/** Before the names of custom attributes, as nodes have them in labels. */
export const attributePrefix = `attribute.${group}/`;

/** The other name of a processor: ECS and Kubernetes have one each, and neither uses the other's. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'amd64'],
  ['amd64', 'x86_64'],
]);

/** Attributes of ECS that Kubernetes has itself (ECS Developer Guide, "Built-in attributes"). */
const builtIn: ReadonlyMap<string, AttributeLabel> = new Map([
  ['ecs.availability-zone', sameIn('topology.kubernetes.io/zone')],
  ['ecs.instance-type', sameIn('node.kubernetes.io/instance-type')],
  ['ecs.os-type', sameIn('kubernetes.io/os')],
  ['ecs.cpu-architecture', { key: 'kubernetes.io/arch', toLabel: otherName, fromLabel: otherName }],
]);

/**
 * The labels that can hold an attribute; the first that a node has counts, and there is none where no label can have
 * that name. Custom ones are labels with our prefix, or have the name of the attribute itself, so that
 * `attribute:karpenter.sh/nodepool` needs nobody to label anything.
 *
 * Attributes that an ECS agent or EC2 would tell, and no label of Kubernetes does (`ecs.ami-id`, `ecs.vpc-id`,
 * `ecs.subnet-id`, `ecs.os-family`, capabilities such as `com.amazonaws.ecs.capability.*`), are custom ones too: a node
 * has them when somebody labels it. Nothing is made up: what our nodes can do, pods ask for by themselves.
 */
export function labelsOfAttribute(name: string): readonly AttributeLabel[] {
  const known = builtIn.get(name);
  if (known) return [known];
  return [`${attributePrefix}${name}`, name].filter(isLabelKey).map(sameIn);
}

/** The first of them: what to label a node with, and the topology key to spread over. */
export function labelOfAttribute(name: string): AttributeLabel | undefined {
  return labelsOfAttribute(name)[0];
}

/** The value of an attribute of a node; undefined where it has none. */
export function attributeOf(labels: NodeLabels, name: string): string | undefined {
  const known = builtIn.get(name);
  if (!known) return labelOf(labels, `${attributePrefix}${name}`) ?? labelOf(labels, name);
  const value = labelOf(labels, known.key);
  return value === undefined ? undefined : known.fromLabel(value);
}

/** Of a node on EC2 (`aws:///us-east-1a/i-0abc`); Fargate's have none. */
export function ec2InstanceIdOf(providerID: string | undefined): string | undefined {
  return /^aws:\/\/\/[^/]*\/(i-[0-9a-z]+)$/.exec(providerID ?? '')?.[1];
}

/** What Kubernetes takes as the value of a label, which is less than ECS takes as that of an attribute. */
export function isLabelValue(value: string): boolean {
  return value.length <= 63 && /^(?:[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)?$/.test(value);
}

/** `constructor` is the name of no label, though each object has it. */
function labelOf(labels: NodeLabels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function isLabelKey(key: string): boolean {
  const [, prefix, name = ''] = /^(?:([^/]*)\/)?([^/]*)$/.exec(key) ?? [];
  return name !== '' && isLabelValue(name) && (prefix === undefined || isDnsSubdomain(prefix));
}

function isDnsSubdomain(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/.test(text);
}

function sameIn(key: string): AttributeLabel {
  return { key, toLabel: (value) => value, fromLabel: (value) => value };
}

function otherName(value: string): string {
  return otherNames.get(value) ?? value;
}
