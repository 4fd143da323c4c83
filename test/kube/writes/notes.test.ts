import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { cache } from '../../../src/kube/manager.ts';
import { performWrite, type Write } from '../../../src/kube/writes/act.ts';
import { refuses, replies, resets, type Answer } from '../../support/inbox.ts';
import { pods } from '../../support/kube-objects.ts';
import { startWalk, type Walk } from '../../support/walk.ts';

const at = { namespace: 'default', name: 'a' };
const deletes: Write = { verb: 'delete', resource: pods, at, uid: 'uid-a' };
const isGone = replies(200, { kind: 'Status', status: 'Success' });
const item = '/api/v1/namespaces/default/pods/a';

describe('performWrite, deleting with a note', () => {
  let walk: Walk;

  beforeEach(async () => {
    walk = await startWalk([cache({ resource: pods })]);
    walk.inbox.on(`GET ${item}`, refuses(404, 'NotFound'));
  });

  afterEach(async () => {
    await walk.stop();
  });

  const noteOf = (): string | undefined => walk.stores.of(pods).departures.noteOf('uid-a');

  const cases: Record<string, { readonly answer: Answer; readonly want: string | undefined }> = {
    'keeps it once that is done': { answer: isGone, want: 'scaled in' },
    'keeps it when that may have been done': { answer: resets, want: 'scaled in' },
    'takes it back when that was refused': { answer: refuses(403, 'Forbidden'), want: undefined },
    'takes it back when the object was gone before': { answer: refuses(404, 'NotFound'), want: undefined },
  };
  for (const [sentence, { answer, want }] of Object.entries(cases)) {
    it(sentence, async () => {
      walk.inbox.on(`DELETE ${item}`, answer);
      await performWrite({ ...deletes, note: 'scaled in' }, walk.context).catch(() => undefined);
      assert.equal(noteOf(), want);
    });
  }

  it('has it before the answer comes', async () => {
    const received = walk.inbox.next(`DELETE ${item}`);
    const writing = performWrite({ ...deletes, note: 'scaled in' }, walk.context);
    const request = await received;
    assert.equal(noteOf(), 'scaled in');
    isGone(request);
    await writing;
  });

  it('forgets no earlier one when it has none', async () => {
    walk.stores.of(pods).departures.note('uid-a', 'scaled in');
    walk.inbox.on(`DELETE ${item}`, refuses(403, 'Forbidden'));
    await performWrite(deletes, walk.context).catch(() => undefined);
    assert.equal(noteOf(), 'scaled in');
  });
});
