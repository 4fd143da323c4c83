import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { eventBody, sameness, type EventBody, type Happening } from '../../../src/kube/events/event-body.ts';
import { told, widget } from '../../support/events.ts';

const happening: Happening = {
  object: widget(),
  event: told('made a pod', { type: 'Warning' }),
  atMs: Date.UTC(2026, 0, 1, 0, 0, 1, 234),
  instance: 'operator-1',
};

function body(parts: Partial<Happening> = {}): EventBody {
  return eventBody({ ...happening, ...parts });
}

describe('The body of an event', () => {
  it('is as events.k8s.io wants it', () => {
    const { metadata, ...rest } = body();
    assert.equal(metadata.namespace, 'default');
    assert.deepEqual(rest, {
      eventTime: '2026-01-01T00:00:01.234000Z',
      reportingController: 'ecs-operator.dev/ecs-operator',
      reportingInstance: 'operator-1',
      action: 'Make',
      reason: 'Made',
      type: 'Warning',
      note: 'made a pod',
      regarding: {
        apiVersion: 'example.com/v1',
        kind: 'Widget',
        name: 'w',
        namespace: 'default',
        uid: 'uid-w',
        resourceVersion: '3',
      },
    });
  });

  it('about a cluster-scoped object is of the namespace default, as Kubernetes demands', () => {
    const { namespace: _, ...metadata } = widget().metadata;
    const { metadata: own, regarding } = body({ object: { ...widget(), metadata } });
    assert.deepEqual([own.namespace, regarding.namespace], ['default', 'default']);
  });

  const names: Record<string, { readonly name: string; readonly want: string }> = {
    'an ordinary name': { name: 'web', want: 'web' },
    'a name with dots': { name: 'a.b.c', want: 'a.b.c' },
    'the longest name there is': { name: 'x'.repeat(253), want: 'x'.repeat(236) },
    'a name that is cut at a dash': { name: `${'x'.repeat(234)}--${'x'.repeat(17)}`, want: 'x'.repeat(234) },
  };
  for (const [sentence, { name, want }] of Object.entries(names)) {
    it(`is named after ${sentence}, with a DNS name`, () => {
      const own = body({ object: widget({ name }) }).metadata.name;
      assert.match(own, /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
      assert.equal(own.replace(/\.[0-9a-f]{16}$/, ''), want);
    });
  }

  it('has the same name however often it is made, and another one for another time, operator or content', () => {
    const others = [{ atMs: happening.atMs + 1 }, { instance: 'operator-2' }, { event: told('made two') }];
    const all = [{}, {}, ...others].map((parts) => body(parts).metadata.name);
    assert.equal(all[0], all[1]);
    assert.equal(new Set(all).size, 4);
  });

  const texts: Record<string, { readonly text: (bytes: number) => string; readonly want: (bytes: number) => string }> =
    {
      'as long as the API server takes stays as it is': {
        text: (bytes) => 'x'.repeat(bytes),
        want: (bytes) => 'x'.repeat(bytes),
      },
      'that is longer is cut': { text: (bytes) => `${'x'.repeat(bytes)}z`, want: (bytes) => 'x'.repeat(bytes) },
      'of characters that take more bytes is cut before one that would be in two': {
        text: (bytes) => `${'x'.repeat(bytes - 1)}…`,
        want: (bytes) => 'x'.repeat(bytes - 1),
      },
    };
  for (const [sentence, { text, want }] of Object.entries(texts)) {
    it(`a note or the name of an operator ${sentence}`, () => {
      const { note, reportingInstance } = body({ event: told(text(1024)), instance: text(128) });
      assert.deepEqual([note, reportingInstance], [want(1024), want(128)]);
    });
  }
});

describe('Events are the same', () => {
  const other = (parts: Partial<Happening>): string => sameness({ ...happening, ...parts });

  it('when all they say is, of whichever version of the object', () => {
    assert.equal(other({ object: widget({ resourceVersion: '9' }) }), sameness(happening));
  });

  const differences: Record<string, Partial<Happening>> = {
    object: { object: widget({ uid: 'uid-of-another' }) },
    type: { event: { ...happening.event, type: 'Normal' } },
    reason: { event: { ...happening.event, reason: 'Unmade' } },
    action: { event: { ...happening.event, action: 'Unmake' } },
    message: { event: { ...happening.event, message: 'made another pod' } },
  };
  for (const [part, parts] of Object.entries(differences)) {
    it(`unless the ${part} differs`, () => {
      assert.notEqual(other(parts), sameness(happening));
    });
  }
});
