import assert from 'node:assert/strict';
import { after, describe, it } from 'mocha';
import { isStatic, matches, type QuerySubject } from '../../../../src/core/placement/query/evaluate.ts';
import { parseQuery } from '../../../../src/core/placement/query/parse.ts';
import type { Query } from '../../../../src/core/placement/query/query.ts';
import { parseInstant } from '../../../../src/core/placement/query/values.ts';

function queryOf(text: string): Query {
  const parsed = parseQuery(text);
  assert.equal(parsed.kind, 'query', text);
  return parsed.query;
}

interface Overrides extends Partial<Omit<QuerySubject, 'attribute' | 'hasGroup'>> {
  readonly attributes?: Readonly<Record<string, string>>;
  readonly groups?: readonly string[];
}

function node({ attributes = {}, groups = [], ...overrides }: Overrides = {}): QuerySubject {
  return {
    attribute: (name) => attributes[name],
    ec2InstanceId: undefined,
    agentConnected: true,
    registeredAtMs: 0,
    runningTasksCount: 0,
    hasGroup: (group) => groups.includes(group),
    ...overrides,
  };
}

describe('An attribute compared', () => {
  /** What the comparison says of nodes that have x as 5, as 7, as a text, and not at all. */
  const table: Readonly<Record<string, readonly [five: boolean, seven: boolean, text: boolean, absent: boolean]>> = {
    'attribute:x == 5': [true, false, false, false],
    'attribute:x != 5': [false, true, true, false],
    'attribute:x in [5, text]': [true, false, true, false],
    'attribute:x !in [5, text]': [false, true, false, false],
    'attribute:x =~ t.*': [false, false, true, false],
    'attribute:x !~ t.*': [true, true, false, false],
    'attribute:x > 5': [false, true, false, false],
    'attribute:x >= 5': [true, true, false, false],
    'attribute:x < 7': [true, false, false, false],
    'attribute:x <= 7': [true, true, false, false],
    'attribute:x exists': [true, true, true, false],
    'attribute:x !exists': [false, false, false, true],
    'not(attribute:x == 5)': [false, true, true, true],
    'not(attribute:x != 5)': [true, false, false, true],
    'not(attribute:x in [5, text])': [false, true, false, true],
    'not(attribute:x !in [5, text])': [true, false, true, true],
    'not(attribute:x =~ t.*)': [true, true, false, true],
    'not(attribute:x !~ t.*)': [false, false, true, true],
    'not(attribute:x > 5)': [true, false, true, true],
    'not(attribute:x >= 7)': [true, false, true, true],
    'not(attribute:x < 7)': [false, true, true, true],
    'not(attribute:x <= 5)': [false, true, true, true],
    'not(attribute:x exists)': [false, false, false, true],
    'not(attribute:x !exists)': [true, true, true, false],
  };
  const nodes = ['5', '7', 'text', undefined].map((x) => node({ attributes: { ...(x !== undefined && { x }) } }));
  for (const [text, want] of Object.entries(table)) {
    it(text, () => {
      assert.deepEqual(
        nodes.map((each) => matches(queryOf(text), each)),
        want,
      );
    });
  }
});

describe('A node', () => {
  const instance = node({ ec2InstanceId: 'i-1', runningTasksCount: 3, registeredAtMs: Date.parse('2018-06-18') });
  const cases: Readonly<Record<string, readonly [text: string, given: QuerySubject, want: boolean]>> = {
    'is the instance': ['ec2InstanceId == i-1', instance, true],
    'is one of the instances': ["ec2InstanceId in ['i-1', 'i-2']", instance, true],
    'is an instance by a pattern': ['ec2InstanceId =~ i-.', instance, true],
    'is another instance': ['ec2InstanceId != i-2', instance, true],
    'without an instance is not another one': ['ec2InstanceId != i-2', node(), false],
    'without an instance is not the instance': ['not(ec2InstanceId == i-2)', node(), true],
    'is connected': ['agentConnected == true', node(), true],
    'is disconnected': ['agentConnected == true', node({ agentConnected: false }), false],
    'is disconnected, as asked': ['agentConnected != true', node({ agentConnected: false }), true],
    'runs as many tasks': ['runningTasksCount == 3', instance, true],
    'runs another number of tasks': ['runningTasksCount != 3', instance, false],
    'runs fewer tasks': ['runningTasksCount < 10', instance, true],
    'runs no fewer tasks': ['runningTasksCount < 3', instance, false],
    'runs at most as many tasks': ['runningTasksCount <= 3', instance, true],
    'was registered at that midnight': ['registeredAt == 2018-06-18', instance, true],
    'was registered then, in another zone': ['registeredAt == 2018-06-18T02:00:00+02:00', instance, true],
    'was registered then, without a zone': ['registeredAt >= 2018-06-18T00:00:00', instance, true],
    'was not registered before': ['registeredAt < 2018-06-18T00:00:00Z', instance, false],
    'was registered at another time': ['registeredAt != 2018-06-18', instance, false],
    'runs a task of the group': ['task:group == service:web', node({ groups: ['service:web'] }), true],
    'runs a task of one of the groups': [
      'task:group in [family:db, service:web]',
      node({ groups: ['service:web'] }),
      true,
    ],
    'runs a task of another group': ['task:group == service:web', node({ groups: ['service:db'] }), false],
    'keeps away from the group': ['task:group != service:web', node({ groups: ['service:web', 'family:db'] }), false],
    'without tasks keeps away from the group': ['task:group != service:web', node(), true],
    'without tasks keeps away from the groups': ['task:group !in [service:web, family:db]', node(), true],
    'that both ask for': ['agentConnected == true and runningTasksCount == 0', node(), true],
    'that one alone asks for, where both have to': ['agentConnected == true and runningTasksCount == 1', node(), false],
    'that one alone asks for, where one is enough': ['agentConnected == false or runningTasksCount == 0', node(), true],
    'that none asks for': ['agentConnected == false or runningTasksCount == 1', node(), false],
    'by and before or': ['runningTasksCount == 0 or runningTasksCount == 1 and runningTasksCount == 2', node(), true],
    'by not before and': ['not runningTasksCount == 1 and runningTasksCount == 1', node(), false],
  };
  for (const [sentence, [text, given, want]] of Object.entries(cases)) {
    it(sentence, () => assert.equal(matches(queryOf(text), given), want));
  }
});

describe('A date without a zone', () => {
  const zone = process.env['TZ'];

  after(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  it('is UTC, wherever the operator runs', () => {
    process.env['TZ'] = 'Asia/Tokyo';
    for (const date of ['2018-06-18', '2018-06-18T00:00:00']) {
      assert.equal(parseInstant(date), Date.UTC(2018, 5, 18), date);
    }
  });
});

describe('isStatic', () => {
  const cases: Readonly<Record<string, boolean>> = {
    'attribute:x == 1': true,
    'ec2InstanceId == i-1 and not(registeredAt < 2018-06-18)': true,
    'attribute:x == 1 and runningTasksCount < 5': false,
    'attribute:x == 1 or not(task:group == service:web)': false,
    'agentConnected == true': false,
  };
  for (const [text, want] of Object.entries(cases)) it(text, () => assert.equal(isStatic(queryOf(text)), want));
});
