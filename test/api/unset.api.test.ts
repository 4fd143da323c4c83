import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'mocha';
import { clusterKind } from '../../src/api/cluster.ts';
import type { Kind } from '../../src/api/kind.ts';
import { apiVersion, group, version } from '../../src/api/meta.ts';
import { serviceKind } from '../../src/api/service.ts';
import { taskDefinitionKind } from '../../src/api/task-definition.ts';
import { taskKind } from '../../src/api/task.ts';
import { refusedMembers } from '../../src/codegen/fields.ts';
import { structural, type StructuralSchema } from '../../src/codegen/structural.ts';
import { connect, type ApiServer, type JsonObject } from './api-server.ts';
import { install } from './install.ts';

const volumes = {
  volumeConfigurations: [{ name: 'data', managedEBSVolume: { sizeInGiB: 1 } }],
  kubernetes: { storageClassName: 'gp3' },
};

/** A spec of each kind that has all that refused members are in. */
const bases: readonly { readonly kind: Kind; readonly spec: JsonObject }[] = [
  { kind: clusterKind, spec: {} },
  {
    kind: taskDefinitionKind,
    spec: {
      containerDefinitions: [
        { name: 'web', image: 'nginx', memory: 64, resourceRequirements: [{ type: 'GPU', value: '1' }] },
      ],
      volumes: [{ name: 'data', dockerVolumeConfiguration: {} }],
    },
  },
  { kind: serviceKind, spec: { taskDefinition: 'web', ...volumes } },
  {
    kind: taskKind,
    spec: {
      taskDefinition: 'web',
      overrides: { containerOverrides: [{ name: 'web', resourceRequirements: [{ type: 'GPU', value: '1' }] }] },
      ...volumes,
    },
  },
];

/** `object` with `value` at a path such as `containerDefinitions[].links`, in the first item of every list. */
function withMember(object: JsonObject, [step = '', ...rest]: readonly string[], value: unknown): JsonObject {
  const name = step.replace('[]', '');
  if (rest.length === 0) return { ...object, [name]: value };
  const below = object[name] ?? (step.endsWith('[]') ? [{}] : {});
  const next = (inner: unknown): JsonObject => withMember(inner as JsonObject, rest, value);
  return { ...object, [name]: Array.isArray(below) ? below.map(next) : next(below) };
}

function schemaAt(root: StructuralSchema, path: string): StructuralSchema {
  return path.split('.').reduce((schema, step) => {
    const member = schema.properties?.[step.replace('[]', '')];
    assert(member, path);
    return step.endsWith('[]') ? (member.items ?? {}) : member;
  }, root);
}

/** What ECS, or a tool that writes its JSON, puts where nobody has set a member of that type. */
function emptyOf({ type, additionalProperties }: StructuralSchema): unknown {
  if (type === 'string') return '';
  if (type === 'boolean') return false;
  if (type === 'integer') return 0;
  if (type === 'array') return [];
  return additionalProperties ? {} : null;
}

const kubeconfig = process.env['ECS_OPERATOR_TEST_KUBECONFIG'];

describe('The API server, of refused members that are unset', function () {
  this.timeout(30_000);
  const namespace = `unset-${randomBytes(4).toString('hex')}`;
  let server: ApiServer;

  before(async function () {
    this.timeout(60_000);
    if (kubeconfig === undefined) {
      console.warn('ECS_OPERATOR_TEST_KUBECONFIG is not set: nothing is tested against a real API server');
      this.skip();
    }
    server = await connect(kubeconfig);
    await Promise.all(bases.map(({ kind }) => install(server, kind)));
    await server({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: namespace } } });
  });

  after(async () => {
    if (kubeconfig !== undefined) await server({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` });
  });

  for (const { kind, spec } of bases) {
    const root = structural(kind.spec);
    const paths = refusedMembers(root).map(({ path }) => path);
    const forms: Record<string, (path: string) => unknown> = {
      null: () => null,
      empty: (path) => emptyOf(schemaAt(root, path)),
    };
    for (const [form, valueOf] of Object.entries(forms)) {
      it(`takes all ${String(paths.length)} of ${kind.kind} that are ${form}`, async () => {
        const whole = paths.reduce((object, path) => withMember(object, path.split('.'), valueOf(path)), spec);
        const { status, body } = await server({
          method: 'POST',
          path: `/apis/${group}/${version}/namespaces/${namespace}/${kind.plural}?dryRun=All&fieldValidation=Strict`,
          body: { apiVersion, kind: kind.kind, metadata: { name: 'web' }, spec: whole },
        });
        assert.equal(status, 201, String(body['message']));
      });
    }
  }
});
