import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { taskDefinitionKind } from '../../src/api/task-definition.ts';
import type { JsonObject } from '../support/api-server.ts';
import { servesKinds } from '../support/served-kinds.ts';

/**
 * What ECS refuses when a definition is registered, and what the user reads: the container, the member, what would be
 * right. A dependency cycle and a definition that is too long are beyond CEL: the operator refuses to register those.
 */

const web = { name: 'web', image: 'nginx', memory: 512 };
const log = { name: 'log', image: 'log', memory: 64 };
const port = (protocol: string): JsonObject => ({ portMappings: [{ containerPort: 53, protocol }] });
const waits = (condition: string): JsonObject => ({ dependsOn: [{ containerName: 'log', condition }] });
const onEssential = 'the task ends with an essential container; use START or HEALTHY, or essential: false';

interface Case {
  readonly web?: JsonObject;
  readonly log?: JsonObject;
  readonly task?: JsonObject;
  readonly want: RegExp;
}

const refusals: Record<string, Case> = {
  'two containers of one name': {
    log: { name: 'web' },
    want: /spec\.containerDefinitions\[1\]: Duplicate value: .*"name":"web"/,
  },
  'no essential container': {
    web: { essential: false },
    log: { essential: false },
    want: /spec\.containerDefinitions: .*at least one container must be essential, of \["web", "log"\] none is/,
  },
  'a hard limit below the soft one': {
    web: { memoryReservation: 1024 },
    want: /spec\.containerDefinitions\[0\]\.memory: .*'web'\. memory \(512 MiB\) must not be below memoryReservation \(1024 MiB\)/,
  },
  'a container without memory beside one that has it': {
    log: { memory: undefined },
    want: /spec\.containerDefinitions: .*container 'log'\. At least one of 'memory' or 'memoryReservation' must be s/,
  },
  'a dependency on no container': {
    web: { dependsOn: [{ containerName: 'db', condition: 'START' }] },
    want: /spec\.containerDefinitions: .*dependsOn web -> db \(START\): there is no container of that name/,
  },
  'a dependency on itself': {
    web: { dependsOn: [{ containerName: 'web', condition: 'START' }] },
    want: /spec\.containerDefinitions\[0\]\.dependsOn: .*container 'web' cannot depend on itself/,
  },
  'COMPLETE of an essential container': {
    web: waits('COMPLETE'),
    want: new RegExp(`spec\\.containerDefinitions: .*dependsOn web -> log \\(COMPLETE\\): ${onEssential}`),
  },
  'SUCCESS of an essential container': {
    web: waits('SUCCESS'),
    want: new RegExp(`spec\\.containerDefinitions: .*dependsOn web -> log \\(SUCCESS\\): ${onEssential}`),
  },
  'HEALTHY of a container without a check': {
    web: waits('HEALTHY'),
    want: /spec\.containerDefinitions: .*dependsOn web -> log \(HEALTHY\): HEALTHY needs a healthCheck/,
  },
  'one port of two containers': {
    web: port('tcp'),
    log: port('tcp'),
    want: /spec\.containerDefinitions: .*containers \["web", "log"\] share one network, .*containerPort and protocol in portM/,
  },
  'one port of two containers in network mode bridge, where ECS has two networks': {
    web: port('udp'),
    log: port('udp'),
    task: { networkMode: 'bridge' },
    want: /containers \["web", "log"\] share one network/,
  },
  'one port twice in a container': {
    web: { portMappings: [{ containerPort: 53 }, { containerPort: 53, hostPort: 53 }] },
    want: /spec\.containerDefinitions\[0\]\.portMappings: .*containerPort 53 is mapped more than once for protocol tcp/,
  },
  'one name of two port mappings of a container': {
    web: {
      portMappings: [
        { containerPort: 53, name: 'dns' },
        { containerPort: 54, name: 'dns' },
      ],
    },
    want: /spec\.containerDefinitions\[0\]\.portMappings: .*name 'dns' is that of more than one mapping/,
  },
  'one name of port mappings of two containers': {
    web: { portMappings: [{ containerPort: 53, name: 'dns' }] },
    log: { portMappings: [{ containerPort: 54, name: 'dns' }, { containerPort: 55 }] },
    want: /spec\.containerDefinitions: .*containers \["web", "log"\] have a port mapping of the same name/,
  },
  'one variable twice in a container': {
    web: { environment: [{ name: 'A' }, { name: 'A', value: '1' }] },
    want: /spec\.containerDefinitions\[0\]\.environment\[1\]: Duplicate value: .*"name":"A"/,
  },
  'a secret that is a variable too': {
    web: { environment: [{ name: 'KEY' }], secrets: [{ name: 'KEY', valueFrom: 'secret:shop:key' }] },
    want: /spec\.containerDefinitions\[0\]\.secrets: .*container 'web' has KEY both in environment and in secrets/,
  },
  'a mount of no volume': {
    web: { mountPoints: [{ sourceVolume: 'data', containerPath: '/data' }] },
    want: /spec\.containerDefinitions: .*container 'web' mounts the volume 'data' at '\/data', but volumes has none of th/,
  },
  'a restart policy': {
    web: { restartPolicy: { enabled: true } },
    want: /spec\.containerDefinitions\[0\]\.restartPolicy\.enabled: .*enabled must be false: ECS restarts a container that ran/,
  },
  'eleven containers': {
    task: { containerDefinitions: Array.from({ length: 11 }, (_, index) => ({ ...web, name: `c${String(index)}` })) },
    want: /spec\.containerDefinitions: Too many: 11: must have at most 10 items/,
  },
};

describe('A definition that ECS refuses to register', function () {
  this.timeout(30_000);
  const served = servesKinds('registration', taskDefinitionKind);

  async function register({ web: first = {}, log: second = {}, task = {} }: Partial<Case>): Promise<string> {
    const spec = {
      containerDefinitions: [
        { ...web, ...first },
        { ...log, ...second },
      ],
      ...task,
    };
    const answer = await served.create({ kind: taskDefinitionKind, spec });
    return `${String(answer.status)} ${String(answer.body['message'])}`;
  }

  for (const [sentence, { want, ...given }] of Object.entries(refusals)) {
    it(`is refused with ${sentence}`, async () => {
      const answer = await register(given);
      assert.match(answer, /^422 /);
      assert.match(answer, want);
    });
  }

  it('is taken once that is put right', async () => {
    const check = { healthCheck: { command: ['CMD', 'true'] } };
    for (const [first, second] of [
      [port('tcp'), port('udp')],
      [waits('SUCCESS'), { essential: false }],
      [waits('HEALTHY'), check],
      [{ memoryReservation: 512 }, { memory: undefined, memoryReservation: 64 }],
    ]) {
      assert.match(await register({ ...(first && { web: first }), ...(second && { log: second }) }), /^201 /);
    }
  });
});
