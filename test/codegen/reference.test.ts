import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { z } from 'zod';
import { integer, namedList, refused, text, withRules } from '../../src/api/fields.ts';
import type { Kind } from '../../src/api/kind.ts';
import { renderReference } from '../../src/codegen/reference.ts';

const item = withRules(
  z.object({
    name: text(9, 'Its name.').regex(/^a|b$/),
    port: integer(1, 65535, 'Its port.').optional(),
    ...refused({ links: ['strings', 'there is one network'] }),
  }),
  { rule: 'has(self.port)', message: 'a port is needed' },
);

const kind: Kind = {
  kind: 'ECSThing',
  plural: 'ecsthings',
  singular: 'ecsthing',
  shortNames: ['ecsth'],
  scope: 'Namespaced',
  description: 'A thing.',
  spec: z.object({
    items: namedList(item, { max: 3, keys: ['name'] }, 'Its items.'),
    count: integer(0, 5, 'How many.').default(1),
    labels: z.record(z.string(), text(5, 'A value.')).meta({ maxProperties: 2 }).describe('Its labels.').optional(),
  }),
  status: z.object({
    state: z.enum(['ON', 'OFF']).describe('Its state.'),
    at: z.string().max(64).meta({ format: 'date-time' }).describe('When.'),
  }),
  columns: [{ name: 'State', type: 'string', jsonPath: '.status.state', description: 'Its state.', priority: 1 }],
  scale: {
    specReplicasPath: '.spec.count',
    statusReplicasPath: '.status.count',
    labelSelectorPath: '.status.selector',
  },
};

const wanted: Record<string, string> = {
  'an overview names the short name and the scope': '| [ECSThing](#ecsthing) | `ecsth` | namespaced | A thing. |',
  'an example command uses the short name': '\nkubectl get ecsth\n',
  'a kind that scales shows how': '\nkubectl scale ecsth/NAME --replicas=3\n',
  'a list names its bound and its keys':
    '| `items` | list of object | **required** | at most 3 items, no two with the same `name` | Its items. |',
  'a member of an item has a dotted path, and a pipe does not end its cell':
    '| `items[].name` | string | **required** | 1 to 9 characters, matching `^a\\|b$` | Its name. |',
  'an optional field has neither default nor demand': '| `items[].port` | integer |  | 1 to 65535 | Its port. |',
  'a default is shown as it would be written': '| `count` | integer | `1` | 0 to 5 | How many. |',
  'a map names its bound and that of its values':
    '| `labels` | map of string |  | at most 2 entries, each 1 to 5 characters | Its labels. |',
  'a rule is a sentence with the place it guards': '- `items[]`: a port is needed.',
  'a refused member is listed with its reason': '| `items[].links` | there is one network |',
  'the values of a status field are listed': '| `state` | string | `ON`, `OFF` | Its state. |',
  'a time is called a time': '| `at` | time |  | When. |',
  'a column that is not shown always says so': '| State (with `-o wide`) | `.status.state` | Its state. |',
};

describe('renderReference', () => {
  const reference = renderReference([kind]);

  for (const [sentence, want] of Object.entries(wanted)) {
    it(sentence, () => {
      assert(reference.includes(want), reference);
    });
  }

  it('lists a refused member once, not among the fields', () => {
    assert.equal(reference.split('`items[].links`').length, 2);
  });

  it('gives every row of a table as many cells as its head', () => {
    const widths = reference
      .trimEnd()
      .split('\n\n')
      .filter((paragraph) => paragraph.startsWith('|'))
      .map((table) => new Set(table.split('\n').map((row) => row.split(/(?<!\\)\|/).length)).size);
    assert.deepEqual(new Set(widths), new Set([1]));
  });
});
