import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { refusedMembers, settableFields } from '../../src/codegen/fields.ts';
import { structural } from '../../src/codegen/structural.ts';
import { settledReferences } from '../../src/api/settled-references.ts';
import { parseTaskDefinitionSpec, taskDefinitionKind } from '../../src/api/task-definition.ts';
import { container } from '../support/written-pod.ts';

const roots = [
  'taskRoleArn',
  'executionRoleArn',
  'ephemeralStorage',
  'volumes',
  ...['secrets', 'environmentFiles', 'repositoryCredentials', 'mountPoints', 'volumesFrom'].map(
    (member) => `containerDefinitions[].${member}`,
  ),
];

describe('What becomes of a reference', () => {
  it('is settled for every member, and for no other', () => {
    const spec = structural(taskDefinitionKind.spec);
    const refused = new Set(refusedMembers(spec).map(({ path }) => path));
    const members = settableFields(spec)
      .map(({ path }) => path)
      .filter((path) =>
        roots.some((root) => path === root || path.startsWith(`${root}.`) || path.startsWith(`${root}[`)),
      )
      .filter((path) => !refused.has(path));
    assert.deepEqual(Object.keys(settledReferences).toSorted(), members.toSorted());
  });

  const cases: Record<string, { path: string; value?: unknown; app?: object; spec?: object; want: readonly RegExp[] }> =
    {
      'a role that is written': { path: 'taskRoleArn', value: 'arn:role', want: [/decides on the role/] },
      'a role that is unset': { path: 'taskRoleArn', value: '', want: [] },
      'an execution role': { path: 'executionRoleArn', value: 'arn:role', want: [/has no effect/] },
      'no execution role': { path: 'executionRoleArn', value: '', want: [] },
      'disk as EKS Fargate has it': { path: 'ephemeralStorage.sizeInGiB', value: 175, want: [/evicted/] },
      'more disk than EKS Fargate has': {
        path: 'ephemeralStorage.sizeInGiB',
        value: 176,
        want: [/evicted/, /at most 175 GiB/],
      },
      'a volume of no kind': { path: 'volumes', spec: { volumes: [{ name: 'a' }] }, want: [/begins empty/] },
      'a volume without a path': {
        path: 'volumes',
        spec: { volumes: [{ name: 'a', host: {} }] },
        want: [/begins empty/],
      },
      'a directory of the node': {
        path: 'volumes',
        spec: { volumes: [{ name: 'a', host: { sourcePath: '/a' } }] },
        want: [],
      },
      'a claim': {
        path: 'volumes',
        spec: { volumes: [{ name: 'a' }], kubernetes: { persistentVolumeClaims: { a: 'claim' } } },
        want: [],
      },
      'a ConfigMap by its name': {
        path: 'containerDefinitions[].environmentFiles',
        app: { environmentFiles: [{ value: 'configmap:web' }] },
        want: [],
      },
      'a file in S3': {
        path: 'containerDefinitions[].environmentFiles',
        app: { environmentFiles: [{ value: 'configmap:web' }, { type: 's3', value: 'arn:aws:s3:::a/b.env' }] },
        want: [/instead of S3/],
      },
      'a pull secret for one': { path: 'containerDefinitions[].repositoryCredentials', want: [] },
      'a pull secret among several': {
        path: 'containerDefinitions[].repositoryCredentials',
        spec: { containerDefinitions: [container('app'), container('log')] },
        want: [/all containers/],
      },
    };
  for (const [sentence, { path, value, app = {}, spec = {}, want }] of Object.entries(cases)) {
    it(`${sentence}: ${want.length === 0 ? 'as on ECS' : 'says what differs'}`, () => {
      const parsed = parseTaskDefinitionSpec({ containerDefinitions: [container('app', { ...app })], ...spec });
      const [, ...differences] = settledReferences[path] ?? [''];
      const told = differences.filter(
        ({ when }) => when?.(value, { spec: parsed, container: parsed.containerDefinitions[0] }) ?? true,
      );
      assert.equal(told.length, want.length);
      for (const [index, words] of want.entries()) assert.match(told[index]?.what ?? '', words);
    });
  }
});
