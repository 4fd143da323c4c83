import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  attributeOf,
  ec2InstanceIdOf,
  isLabelValue,
  labelOfAttribute,
  labelsOfAttribute,
} from '../../../src/core/placement/attributes.ts';

const labels = {
  'topology.kubernetes.io/zone': 'us-east-1a',
  'node.kubernetes.io/instance-type': 'm6i.large',
  'kubernetes.io/os': 'linux',
  'kubernetes.io/arch': 'amd64',
  'karpenter.sh/nodepool': 'spot',
  'attribute.ecs-operator.dev/stack': 'blue',
  'attribute.ecs-operator.dev/ecs.ami-id': 'ami-1',
  stack: 'green',
  team: 'shop',
};

describe('The attribute of a node', () => {
  const cases: Readonly<Record<string, string | undefined>> = {
    'ecs.availability-zone': 'us-east-1a',
    'ecs.instance-type': 'm6i.large',
    'ecs.os-type': 'linux',
    'ecs.cpu-architecture': 'x86_64',
    'karpenter.sh/nodepool': 'spot',
    stack: 'blue',
    team: 'shop',
    'ecs.ami-id': 'ami-1',
    'ecs.vpc-id': undefined,
    'com.amazonaws.ecs.capability.docker-remote-api.1.18': undefined,
    constructor: undefined,
    Stack: undefined,
  };
  for (const [name, want] of Object.entries(cases)) it(name, () => assert.equal(attributeOf(labels, name), want));

  it('ecs.cpu-architecture of ARM is the same in both', () => {
    assert.equal(attributeOf({ 'kubernetes.io/arch': 'arm64' }, 'ecs.cpu-architecture'), 'arm64');
  });

  it('ecs.instance-type is not what somebody else calls so', () => {
    assert.equal(attributeOf({ 'ecs.instance-type': 'm6i.large' }, 'ecs.instance-type'), undefined);
  });
});

describe('The labels of an attribute', () => {
  const prefixed = 'attribute.ecs-operator.dev/';
  const longest = 'a'.repeat(63);
  const cases: Readonly<Record<string, readonly string[]>> = {
    'ecs.availability-zone': ['topology.kubernetes.io/zone'],
    stack: [`${prefixed}stack`, 'stack'],
    'ecs.ami-id': [`${prefixed}ecs.ami-id`, 'ecs.ami-id'],
    'karpenter.sh/nodepool': ['karpenter.sh/nodepool'],
    'a/b/c': [],
    'a\\b': [],
    'UPPER/a': [],
    '-a': [],
    [longest]: [`${prefixed}${longest}`, longest],
    [`${longest}a`]: [],
  };
  for (const [name, want] of Object.entries(cases)) {
    it(name, () => {
      assert.deepEqual(
        labelsOfAttribute(name).map(({ key }) => key),
        want,
      );
      assert.equal(labelOfAttribute(name)?.key, want[0]);
    });
  }

  it('have other names of processors', () => {
    const label = labelOfAttribute('ecs.cpu-architecture');
    assert.equal(label?.toLabel('x86_64'), 'amd64');
    assert.equal(label.toLabel('arm64'), 'arm64');
    assert.equal(label.fromLabel('amd64'), 'x86_64');
  });
});

describe('The EC2 instance of a providerID', () => {
  const cases: Readonly<Record<string, string | undefined>> = {
    'aws:///us-east-1a/i-0abc': 'i-0abc',
    'aws:///us-west-2b/5f2f2fe6e6-d3c2/fargate-ip-10-0-1-7.us-west-2.compute.internal': undefined,
    'aws:///us-west-2b/fargate/i-0abc': undefined,
    'kwok://node-1': undefined,
    '': undefined,
  };
  for (const [providerID, want] of Object.entries(cases)) {
    it(providerID || 'that is empty', () => assert.equal(ec2InstanceIdOf(providerID), want));
  }

  it('that is not there', () => assert.equal(ec2InstanceIdOf(undefined), undefined));
});

describe('A value of a label', () => {
  const cases: Readonly<Record<string, boolean>> = { 'm6i.large': true, a: true, '': true, 'a:b': false, '-a': false };
  for (const [value, want] of Object.entries(cases)) {
    it(`${value || 'nothing'} ${want ? 'is one' : 'is none'}`, () => assert.equal(isLabelValue(value), want));
  }

  it('has at most 63 characters', () => {
    assert.equal(isLabelValue('a'.repeat(63)), true);
    assert.equal(isLabelValue('a'.repeat(64)), false);
  });
});
