import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { annotations, labels } from '../../../src/api/labels.ts';
import type { Pod } from '../../../src/api/meta.ts';
import { dnsName } from '../../../src/base/dns-name.ts';
import { describeTask, isHealthyAt, isLive, type TaskView } from '../../../src/core/task/view.ts';
import {
  containerDefinition,
  content,
  deploymentRecord,
  healthCheck,
  iso,
  ms,
  pod,
  snapshot,
  type PodParts,
} from '../../support/builders.ts';
import { containersOf } from '../../support/dependencies.ts';
import { restarted, running, terminated, waiting } from '../../support/container-status.ts';

const essential = containerDefinition();
const other = containerDefinition({ name: 'proxy' });
const aside = containerDefinition({ name: 'log', essential: false });
const checked = containerDefinition({ healthCheck });
const asideChecked = containerDefinition({ name: 'log', essential: false, healthCheck });

type ContainerStatuses = readonly ReturnType<typeof running>[];

/** The pod of a task of these containers. */
function podOf(containers: readonly ReturnType<typeof containerDefinition>[], parts: PodParts = {}): Pod {
  return pod({ task: { snapshot: snapshot({ content: content(...containers) }) }, ...parts });
}

const placed = { nodeName: 'node-1' };

describe('lastStatus and desiredStatus of a task', () => {
  const cases: Record<string, { readonly pod: Pod; readonly want: string }> = {
    'no node yet': { pod: podOf([essential]), want: 'PROVISIONING RUNNING' },
    'on a node, nothing said yet': { pod: podOf([essential], { spec: placed }), want: 'PENDING RUNNING' },
    pulling: {
      pod: podOf([essential], { spec: placed, status: { containerStatuses: [waiting('app')] } }),
      want: 'PENDING RUNNING',
    },
    'one container waits still, also a non-essential one': {
      pod: podOf([essential, aside], { spec: placed, status: { containerStatuses: [running('app'), waiting('log')] } }),
      want: 'PENDING RUNNING',
    },
    'one container is not even mentioned yet': {
      pod: podOf([essential, aside], { spec: placed, status: { containerStatuses: [running('app')] } }),
      want: 'PENDING RUNNING',
    },
    'all containers run': {
      pod: podOf([essential, aside], { spec: placed, status: { containerStatuses: [running('app'), running('log')] } }),
      want: 'RUNNING RUNNING',
    },
    'a non-essential container has ended, as one that prepares does': {
      pod: podOf([essential, aside], {
        spec: placed,
        status: { containerStatuses: [running('app'), terminated('log', 1)] },
      }),
      want: 'RUNNING RUNNING',
    },
    'an injected container waits, which is not ours to wait for': {
      pod: podOf([essential], { spec: placed, status: { containerStatuses: [running('app'), waiting('envoy')] } }),
      want: 'RUNNING RUNNING',
    },
    'an essential container has exited with 0, another runs': {
      pod: podOf([essential, other], {
        spec: placed,
        status: { containerStatuses: [terminated('app', 0), running('proxy')] },
      }),
      want: 'RUNNING STOPPED',
    },
    'an essential container has exited, another has not started': {
      pod: podOf([essential, aside], {
        spec: placed,
        status: { containerStatuses: [terminated('app', 1), waiting('log')] },
      }),
      want: 'PENDING STOPPED',
    },
    'an injected container has exited': {
      pod: podOf([essential], {
        spec: placed,
        status: { containerStatuses: [running('app'), terminated('envoy', 1)] },
      }),
      want: 'RUNNING RUNNING',
    },
    'it is being ended by us': {
      pod: podOf([essential], {
        spec: placed,
        metadata: { annotations: { [annotations.stopCode]: 'EssentialContainerExited' } },
        status: { containerStatuses: [running('app')] },
      }),
      want: 'STOPPING STOPPED',
    },
    'it is being deleted by whomever': {
      pod: podOf([essential], {
        spec: placed,
        metadata: { deletionTimestamp: iso(60) },
        status: { containerStatuses: [running('app')] },
      }),
      want: 'STOPPING STOPPED',
    },
    'all its containers have ended well': {
      pod: podOf([essential], {
        spec: placed,
        status: { phase: 'Succeeded', containerStatuses: [terminated('app', 0)] },
      }),
      want: 'STOPPED STOPPED',
    },
    'it failed': { pod: podOf([essential], { spec: placed, status: { phase: 'Failed' } }), want: 'STOPPED STOPPED' },
    'it failed and is being deleted': {
      pod: podOf([essential], { metadata: { deletionTimestamp: iso(60) }, status: { phase: 'Failed' } }),
      want: 'STOPPED STOPPED',
    },
    'it failed after we ended it': {
      pod: podOf([essential], {
        metadata: { annotations: { [annotations.stopCode]: 'EssentialContainerExited' } },
        status: { phase: 'Failed' },
      }),
      want: 'STOPPED STOPPED',
    },
    'its node is lost for a while, which the kubelet does not say': {
      pod: podOf([essential], { spec: placed, status: { phase: 'Unknown', containerStatuses: [running('app')] } }),
      want: 'RUNNING RUNNING',
    },
    'it has no status at all': { pod: withoutStatus(podOf([essential])), want: 'PROVISIONING RUNNING' },
  };
  for (const [sentence, { pod: given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const { lastStatus, desiredStatus } = describeTask(given);
      assert.equal(`${lastStatus} ${desiredStatus}`, want);
      assert.equal(isLive(describeTask(given)), desiredStatus === 'RUNNING');
    });
  }
});

function withoutStatus({ status: _status, ...rest }: Pod): Pod {
  return rest;
}

describe('the health of a task', () => {
  const cases: Record<string, { readonly pod: Pod; readonly want: number | undefined }> = {
    'without checks it counts 40 seconds after the last container started': {
      pod: podOf([essential, aside], { status: { containerStatuses: [running('app', 5), running('log', 20)] } }),
      want: ms(60),
    },
    'a container that has ended already counts from its start': {
      pod: podOf([essential, aside], { status: { containerStatuses: [running('app', 5), terminated('log', 0, 30)] } }),
      want: ms(45),
    },
    'without checks nobody asks for readiness': {
      pod: podOf([essential], { status: { containerStatuses: [running('app', 0, false)] } }),
      want: ms(40),
    },
    'with a check it counts as soon as that passes': {
      pod: podOf([checked], { status: { containerStatuses: [running('app', 5)] } }),
      want: ms(5),
    },
    'with a check it does not count before that passes': {
      pod: podOf([checked], { status: { containerStatuses: [running('app', 5, false)] } }),
      want: undefined,
    },
    'an essential container without a check is ignored when another has one': {
      pod: podOf([checked, other], { status: { containerStatuses: [running('app', 5), running('proxy', 9, false)] } }),
      want: ms(9),
    },
    'all checks have to pass': {
      pod: podOf([checked, containerDefinition({ name: 'proxy', healthCheck })], {
        status: { containerStatuses: [running('app'), running('proxy', 0, false)] },
      }),
      want: undefined,
    },
    'the check of a non-essential container is ignored': {
      pod: podOf([essential, asideChecked], {
        status: { containerStatuses: [running('app'), running('log', 0, false)] },
      }),
      want: ms(40),
    },
    'an injected container is ignored': {
      pod: podOf([essential], { status: { containerStatuses: [running('app'), running('envoy', 90)] } }),
      want: ms(40),
    },
    'it does not count before it is RUNNING': {
      pod: podOf([essential, aside], { status: { containerStatuses: [running('app'), waiting('log')] } }),
      want: undefined,
    },
    'it counts no more once it is stopping': {
      pod: podOf([essential], {
        metadata: { deletionTimestamp: iso(60) },
        status: { containerStatuses: [running('app')] },
      }),
      want: undefined,
    },
    'names that a pod does not allow are followed': {
      pod: podOf([containerDefinition({ name: 'My_App', healthCheck })], {
        status: { containerStatuses: [running(dnsName('My_App'), 5)] },
      }),
      want: ms(5),
    },
  };
  for (const [sentence, { pod: given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const placedPod = { ...given, spec: { containers: [], ...given.spec, ...placed } };
      assert.equal(describeTask(placedPod).healthyAtMs, want);
    });
  }

  it('begins in the very millisecond', () => {
    const task = describeTask(podOf([essential], { spec: placed, status: { containerStatuses: [running('app')] } }));
    assert.deepEqual([isHealthyAt(task, ms(40) - 1), isHealthyAt(task, ms(40))], [false, true]);
  });
});

describe('a task whose containers start one after the other', () => {
  const order = containersOf('app -> job (SUCCESS), db (HEALTHY); job?; db; log? -> mesh (START); mesh?');
  const told = (initContainerStatuses: ContainerStatuses, containerStatuses: ContainerStatuses, phase = 'Running') => {
    const { lastStatus, desiredStatus, endBecause, healthyAtMs } = describeTask(
      podOf(order, { spec: placed, status: { phase, initContainerStatuses, containerStatuses } }),
    );
    return { is: `${lastStatus} ${desiredStatus}`, endBecause, healthyAtMs };
  };
  const none = { endBecause: undefined, healthyAtMs: undefined };
  const ended = 'Essential container in task exited';
  const early = [terminated('job', 0), running('db', 12), running('mesh', 13)];
  const late = [running('app', 20), running('log', 21)];

  const cases: Record<string, { readonly given: ReturnType<typeof told>; readonly want: ReturnType<typeof told> }> = {
    'is PENDING while the first of them runs': {
      given: told([running('job'), waiting('db'), waiting('mesh')], [waiting('app'), waiting('log')], 'Pending'),
      want: { is: 'PENDING RUNNING', ...none },
    },
    'is PENDING while its sidecars run and the others wait': {
      given: told(early, [waiting('app'), waiting('log')], 'Pending'),
      want: { is: 'PENDING RUNNING', ...none },
    },
    'is RUNNING when all have started, also those that have ended since': {
      given: told(early, late),
      want: { is: 'RUNNING RUNNING', endBecause: undefined, healthyAtMs: ms(21) },
    },
    'is not healthy while the check of an essential sidecar fails': {
      given: told([terminated('job', 0), running('db', 12, false), running('mesh', 13)], late),
      want: { is: 'RUNNING RUNNING', ...none },
    },
    'is ended when an essential sidecar exits': {
      given: told([terminated('job', 0), terminated('db', 3), running('mesh', 13)], late),
      want: { is: 'RUNNING STOPPED', endBecause: ended, healthyAtMs: undefined },
    },
    'is ended when an essential sidecar has exited and runs again': {
      given: told([terminated('job', 0), restarted('db', 3), running('mesh', 13)], late),
      want: { is: 'RUNNING STOPPED', endBecause: ended, healthyAtMs: ms(21) },
    },
    'is ended when an essential sidecar exits before the others have started': {
      given: told(
        [terminated('job', 0), restarted('db', 3, waiting('db', 'CrashLoopBackOff')), waiting('mesh')],
        [waiting('app'), waiting('log')],
        'Pending',
      ),
      want: { is: 'PENDING STOPPED', endBecause: ended, healthyAtMs: undefined },
    },
    'goes on when another sidecar exits, and counts from its first start': {
      given: told([terminated('job', 0), running('db', 12), restarted('mesh', 3, running('mesh', 90))], late),
      want: { is: 'RUNNING RUNNING', endBecause: undefined, healthyAtMs: ms(21) },
    },
    'goes on when another sidecar exits and waits to be started again': {
      given: told([terminated('job', 0), running('db', 12), restarted('mesh', 3, waiting('mesh'))], late),
      want: { is: 'RUNNING RUNNING', endBecause: undefined, healthyAtMs: ms(21) },
    },
    'is STOPPED when an init container has failed': {
      given: told([terminated('job', 3), waiting('db'), waiting('mesh')], [waiting('app'), waiting('log')], 'Failed'),
      want: { is: 'STOPPED STOPPED', ...none },
    },
  };
  for (const [sentence, { given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(given, want);
    });
  }
});

describe('a pod whose annotation of containers is lost or damaged', () => {
  const damages: Record<string, string> = {
    'no JSON': '[{"name":',
    'no list': '{"name":"app"}',
    'a list of something else': '[{"container":"app"}]',
    'a list with a hole': '[null]',
  };
  for (const [sentence, damaged] of Object.entries(damages)) {
    it(`${sentence}: its containers are read as essential and unchecked`, () => {
      const given = podOf([checked, aside], {
        spec: placed,
        metadata: { annotations: { [annotations.containers]: damaged } },
        status: { containerStatuses: [running('app', 0, false), terminated('log', 0)] },
      });
      const { lastStatus, desiredStatus, healthyAtMs } = describeTask(given);
      assert.deepEqual(
        { lastStatus, desiredStatus, healthyAtMs },
        {
          lastStatus: 'RUNNING',
          desiredStatus: 'STOPPED',
          healthyAtMs: ms(40),
        },
      );
    });
  }
});

describe('what the pod of a task remembers', () => {
  it('is all that planners know it by', () => {
    const given = pod({
      task: { launch: 3 },
      spec: placed,
      metadata: { creationTimestamp: iso(7), resourceVersion: '42' },
      status: {
        conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: iso(8) }],
        containerStatuses: [running('app', 9)],
      },
    });
    const want: TaskView = {
      id: '00000000000000000000000000000003',
      podName: 'web-000000000003',
      podUid: 'uid-of-web-000000000003',
      resourceVersion: '42',
      deployment: deploymentRecord().digits,
      launch: 3,
      launchType: 'EC2',
      binding: '506b74438853',
      node: 'node-1',
      createdAtMs: ms(7),
      boundAtMs: ms(8),
      lastStatus: 'RUNNING',
      desiredStatus: 'RUNNING',
      startedAtMs: ms(9),
      healthyAtMs: ms(49),
    };
    assert.deepEqual(describeTask(given), want);
  });

  it('of its launch number counts only when it is one', () => {
    for (const damaged of ['', 'three', '-1', '1.5', 'Infinity', '9007199254740993']) {
      assert.equal(
        describeTask(pod({ metadata: { annotations: { [annotations.launch]: damaged } } })).launch,
        0,
        damaged,
      );
    }
  });

  it('without its labels is still a task, of no deployment', () => {
    const bare = pod();
    const stripped: Pod = { ...bare, metadata: { ...bare.metadata, labels: { [labels.service]: 'web' } } };
    const { id, deployment, launchType } = describeTask(stripped);
    assert.deepEqual([id, deployment, launchType], [stripped.metadata.uid, '', 'EC2']);
  });
});

describe('when a task stopped', () => {
  const cases: Record<string, { readonly status: Pod['status']; readonly want: number | undefined }> = {
    'is when its last container ended': {
      status: { phase: 'Failed', containerStatuses: [terminated('app', 1, 30), terminated('log', 137, 60)] },
      want: ms(60),
    },
    'is when it was made, if no container says more': { status: { phase: 'Failed' }, want: ms() },
    'is not told before it has': {
      status: { containerStatuses: [terminated('app', 1), running('log')] },
      want: undefined,
    },
  };
  for (const [sentence, { status, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(describeTask(podOf([essential, aside], { spec: placed, status })).stoppedAtMs, want);
    });
  }
});

describe('whether a task has to be ended', () => {
  const exited = [terminated('app', 0), running('proxy')];
  const cases: Record<string, { readonly parts: PodParts; readonly want: string | undefined }> = {
    'an essential container has exited while another runs': {
      parts: { status: { containerStatuses: exited } },
      want: 'Essential container in task exited',
    },
    'an essential container has exited while another never started': {
      parts: { status: { containerStatuses: [terminated('app', 1), waiting('proxy')] } },
      want: 'Essential container in task exited',
    },
    'it is being ended already': {
      parts: {
        metadata: { annotations: { [annotations.stopCode]: 'EssentialContainerExited' } },
        status: { containerStatuses: exited },
      },
      want: undefined,
    },
    'it is being deleted already': {
      parts: { metadata: { deletionTimestamp: iso(60) }, status: { containerStatuses: exited } },
      want: undefined,
    },
    'it has ended by itself': { parts: { status: { phase: 'Failed', containerStatuses: exited } }, want: undefined },
  };
  for (const [sentence, { parts, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(describeTask(podOf([essential, other], { spec: placed, ...parts })).endBecause, want);
    });
  }
});
