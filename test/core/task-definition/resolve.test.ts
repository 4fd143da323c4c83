import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  familyOf,
  familyOfReference,
  holderOf,
  newestRevision,
  resolveReference,
  type Resolution,
  type RevisionRecord,
} from '../../../src/core/task-definition/resolve.ts';
import type { TaskDefinition } from '../../../src/api/task-definition.ts';
import { containerDefinition, content, iso, revisionRecord, taskDefinition } from '../../support/builders.ts';

const b = content(containerDefinition({ image: 'shop/web:2' }));
const first = revisionRecord();
const second = revisionRecord({ number: 2, content: b });
const tenth = revisionRecord({ number: 10 });

interface Case {
  readonly reference: string;
  readonly taskDefinition?: TaskDefinition;
  readonly holder?: string;
  readonly revisions: readonly RevisionRecord[];
  readonly want: Resolution;
}

describe('resolveReference', () => {
  const web = taskDefinition();
  const cases: Record<string, Case> = {
    'a family is its newest revision': {
      reference: 'web',
      taskDefinition: web,
      revisions: [second, first],
      want: { kind: 'found', taskDefinition: 'web:2', content: b },
    },
    'newest by number, not by the letters of the name': {
      reference: 'web',
      taskDefinition: web,
      revisions: [second, tenth, first],
      want: { kind: 'found', taskDefinition: 'web:10', content: content() },
    },
    'a revision is that one': {
      reference: 'web:1',
      taskDefinition: web,
      revisions: [second, first],
      want: { kind: 'found', taskDefinition: 'web:1', content: content() },
    },
    'an object found by its name goes by its family': {
      reference: 'web',
      taskDefinition: taskDefinition({ family: 'My_Web' }),
      revisions: [revisionRecord({ family: 'My_Web' })],
      want: { kind: 'found', taskDefinition: 'My_Web:1', content: content() },
    },
    'no such task definition': {
      reference: 'web:3',
      revisions: [],
      want: {
        kind: 'missing',
        reason: 'TaskDefinitionNotFound',
        message:
          'ECSTaskDefinition web does not exist in this namespace; what has a revision of it keeps that, what has none starts when it does.',
      },
    },
    'no such task definition, though its revisions are left': {
      reference: 'web',
      revisions: [first],
      want: {
        kind: 'missing',
        reason: 'TaskDefinitionNotFound',
        message:
          'ECSTaskDefinition web does not exist in this namespace; what has a revision of it keeps that, what has none starts when it does.',
      },
    },
    'an object whose family belongs to another': {
      reference: 'web',
      taskDefinition: taskDefinition({ family: 'shop' }),
      holder: 'older',
      revisions: [revisionRecord({ family: 'shop' })],
      want: {
        kind: 'missing',
        reason: 'TaskDefinitionNotRegistered',
        message: 'Family shop of ECSTaskDefinition web belongs to older.',
      },
    },
    'no revision yet': {
      reference: 'web',
      taskDefinition: web,
      revisions: [],
      want: {
        kind: 'missing',
        reason: 'TaskDefinitionNotRegistered',
        message: 'ECSTaskDefinition web has no revision yet.',
      },
    },
    'no such revision': {
      reference: 'web:3',
      taskDefinition: web,
      revisions: [first, second],
      want: {
        kind: 'missing',
        reason: 'RevisionNotFound',
        message: 'Revision web:3 is not registered; the newest is web:2.',
      },
    },
  };
  for (const [sentence, { reference, taskDefinition: named, holder = 'web', revisions, want }] of Object.entries(
    cases,
  )) {
    it(sentence, () => {
      assert.deepEqual(resolveReference(reference, { taskDefinition: named, holder, revisions }), want);
    });
  }
});

describe('families', () => {
  it('are named by the spec, else by the object', () => {
    assert.equal(familyOf(taskDefinition()), 'web');
    assert.equal(familyOf(taskDefinition({ family: 'My_Web' })), 'My_Web');
  });

  it('are what stands before the colon of a reference', () => {
    assert.equal(familyOfReference('web'), 'web');
    assert.equal(familyOfReference('web:12'), 'web');
  });

  const called = (name: string, seconds: number): TaskDefinition =>
    taskDefinition({}, { metadata: { name, creationTimestamp: iso(seconds) } });

  it('belong to the oldest object, whatever the order they come in', () => {
    const claimants = [called('b', 2), called('a', 3), called('c', 1)];
    assert.equal(holderOf(claimants)?.metadata.name, 'c');
    assert.equal(holderOf(claimants.toReversed())?.metadata.name, 'c');
    assert.equal(holderOf([]), undefined);
  });

  it('belong to the first by name of those that are as old', () => {
    const claimants = [called('b', 1), called('a', 1), called('B', 1)];
    assert.equal(holderOf(claimants)?.metadata.name, 'B');
    assert.equal(holderOf(claimants.toReversed())?.metadata.name, 'B');
  });

  it('without revisions have no newest one', () => {
    assert.equal(newestRevision([]), undefined);
  });
});
