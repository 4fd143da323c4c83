import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { clusterKind } from '../../src/api/cluster.ts';
import type { Kind } from '../../src/api/kind.ts';
import { serviceKind } from '../../src/api/service.ts';
import { taskDefinitionKind } from '../../src/api/task-definition.ts';
import { taskKind } from '../../src/api/task.ts';
import { refusedMembers } from '../../src/codegen/fields.ts';
import { structural, type StructuralSchema } from '../../src/codegen/structural.ts';
import type { JsonObject } from '../support/api-server.ts';
import { assertTaken, servesKinds } from '../support/served-kinds.ts';

const volumes = {
  volumeConfigurations: [{ name: 'data', managedEBSVolume: { sizeInGiB: 1 } }],
  kubernetes: { storageClassName: 'gp3' },
};

const targetGroupArn = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/0123456789abcdef';

const routing = {
  loadBalancers: [{ targetGroupArn, containerName: 'web', containerPort: 80 }],
  serviceConnectConfiguration: { enabled: true, services: [{ portName: 'http', clientAliases: [{ port: 80 }] }] },
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
  { kind: serviceKind, spec: { taskDefinition: 'web', ...volumes, ...routing } },
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

describe('The API server, of refused members that are unset', function () {
  this.timeout(30_000);
  const served = servesKinds('unset', ...bases.map(({ kind }) => kind));

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
        assertTaken(await served.create({ kind, spec: whole }));
      });
    }
  }
});
