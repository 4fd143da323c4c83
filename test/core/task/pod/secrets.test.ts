import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { PodBody } from '../../../../src/core/task/pod/body.ts';
import { container, podOf } from '../../../support/written-pod.ts';

const password = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop-a1b2c3:password::';
const bucket = 'arn:aws:s3:::shop/web.env';

/** The container of a task with such members. */
function containerWith(members: Readonly<Record<string, unknown>>, kubernetes = {}): PodBody['spec']['containers'][0] {
  const [only] = podOf({ containerDefinitions: [container('app', members)], kubernetes }).spec.containers;
  assert(only);
  return only;
}

describe('the secrets of a container', () => {
  const cases: Record<string, { valueFrom: string; secrets?: object; want: object }> = {
    'secret:NAME:KEY is that key of that Secret': {
      valueFrom: 'secret:shop.db:password',
      want: { name: 'shop.db', key: 'password' },
    },
    'an ARN is what it is mapped to': {
      valueFrom: password,
      secrets: { [password]: { name: 'shop', key: 'password' } },
      want: { name: 'shop', key: 'password' },
    },
    'so is a parameter': {
      valueFrom: '/shop/db-password',
      secrets: { '/shop/db-password': { name: 'shop', key: 'db' }, '/shop/db': { name: 'other', key: 'db' } },
      want: { name: 'shop', key: 'db' },
    },
    'a map has no say in our notation': {
      valueFrom: 'secret:shop:db',
      secrets: { 'secret:shop:db': { name: 'other', key: 'other' } },
      want: { name: 'shop', key: 'db' },
    },
  };
  for (const [sentence, { valueFrom, secrets = {}, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const { env } = containerWith({ secrets: [{ name: 'PASSWORD', valueFrom }] }, { secrets });
      assert.deepEqual(env, [{ name: 'PASSWORD', valueFrom: { secretKeyRef: want } }]);
    });
  }

  it('come after the variables in the clear', () => {
    const secrets = [{ name: 'PASSWORD', valueFrom: 'secret:shop:db' }];
    const { env } = containerWith({ environment: [{ name: 'MODE', value: '$(X)' }], secrets });
    assert.deepEqual(env, [
      { name: 'MODE', value: '$$(X)' },
      { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'shop', key: 'db' } } },
    ]);
  });

  for (const valueFrom of [password, 'hunter2', 'constructor', 'secret:shop']) {
    it(`start no task without a value: ${valueFrom}`, () => {
      assert.throws(() => containerWith({ secrets: [{ name: 'PASSWORD', valueFrom }] }, { secrets: {} }), {
        message: `"${valueFrom}" names no object of the namespace, and spec.kubernetes maps it to none`,
      });
    });
  }
});

describe('the environment files of a container', () => {
  it('come in turned order, for the last one wins on Kubernetes', () => {
    const environmentFiles = [{ value: 'configmap:first' }, { type: 's3', value: bucket }, { value: 'configmap:last' }];
    const { envFrom } = containerWith({ environmentFiles }, { configMaps: { [bucket]: 'second' } });
    const names = envFrom?.map(({ configMapRef }) => configMapRef?.name);
    assert.deepEqual(names, ['last', 'second', 'first']);
  });

  it('do not touch what is said in the environment', () => {
    const { env, envFrom } = containerWith({
      environment: [{ name: 'MODE', value: 'production' }],
      environmentFiles: [{ value: 'configmap:web' }],
    });
    assert.deepEqual(env, [{ name: 'MODE', value: 'production' }]);
    assert.deepEqual(envFrom, [{ configMapRef: { name: 'web' } }]);
  });

  it('none are none', () => {
    assert.equal('envFrom' in containerWith({ environmentFiles: [] }), false);
  });

  it('start no task without a ConfigMap', () => {
    assert.throws(() => containerWith({ environmentFiles: [{ type: 's3', value: bucket }] }), /maps it to none$/);
  });
});

describe('the pull secrets of a task', () => {
  const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:registry-a1b2c3';
  const cases: Record<string, { credentials: readonly string[]; kubernetes?: object; want: readonly string[] }> = {
    'secret:NAME is that Secret': { credentials: ['secret:registry'], want: ['registry'] },
    'an ARN is what it is mapped to': {
      credentials: [arn],
      kubernetes: { secrets: { [arn]: { name: 'mirrored' } } },
      want: ['mirrored'],
    },
    'each is named once, also those for all containers': {
      credentials: ['secret:one', 'secret:two', 'secret:one'],
      kubernetes: { imagePullSecrets: [{ name: 'two' }, { name: 'three' }] },
      want: ['one', 'two', 'three'],
    },
    'for all containers alone': {
      credentials: [],
      kubernetes: { imagePullSecrets: [{ name: 'three' }] },
      want: ['three'],
    },
  };
  const podWith = (credentials: readonly string[], kubernetes: object): PodBody =>
    podOf({
      containerDefinitions: [
        container('plain'),
        ...credentials.map((credentialsParameter, index) =>
          container(`app-${String(index)}`, { repositoryCredentials: { credentialsParameter } }),
        ),
      ],
      kubernetes,
    });
  for (const [sentence, { credentials, kubernetes = {}, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const { imagePullSecrets } = podWith(credentials, kubernetes).spec;
      assert.deepEqual(
        imagePullSecrets,
        want.map((name) => ({ name })),
      );
    });
  }

  it('none are none', () => {
    assert.equal('imagePullSecrets' in podWith([], {}).spec, false);
  });

  it('start no task without one', () => {
    assert.throws(() => podWith([arn], {}), /maps it to none$/);
  });
});
