import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { readDeployment, readRevision } from '../../src/controllers/revisions.ts';
import { deploymentRecord, revisionRecord, snapshot } from '../support/builders.ts';
import { taskDefinitionContent } from '../support/arbitraries.ts';
import { deployment, revision } from '../support/controller.ts';

describe('A ControllerRevision', () => {
  it('gives back the revision that was written into it', () => {
    fc.assert(
      fc.property(taskDefinitionContent, fc.integer({ min: 1, max: 1e9 }), (content, number) => {
        const record = revisionRecord({ family: 'My_App', number, content });
        assert.deepEqual(readRevision(revision(record)), record);
      }),
      { numRuns: 50 },
    );
  });

  it('gives back the deployment that was written into it', () => {
    fc.assert(
      fc.property(taskDefinitionContent, fc.integer({ min: 1, max: 1e9 }), (content, sequence) => {
        const record = deploymentRecord({ sequence, snapshot: snapshot({ launchType: 'FARGATE', content }) });
        assert.deepEqual(readDeployment(deployment(record)), record);
      }),
      { numRuns: 50 },
    );
  });

  it('is read once: the same object gives the same record', () => {
    const [object, another] = [revision(), revision()];
    assert.equal(readRevision(object), readRevision(object));
    assert.notEqual(readRevision(object), readRevision(another));
  });

  it('written by somebody who knew fewer members is the same content as one with their defaults', () => {
    const data = { containerDefinitions: [{ name: 'app', image: 'shop/web:1', memory: 128 }] };
    const { content, hash } = readRevision({ ...revision(), data });
    assert.deepEqual([content, hash], [revisionRecord().content, revisionRecord().hash]);
  });
});
