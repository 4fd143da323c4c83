import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Member } from '../../src/api/members.ts';
import { renderCompatibility } from '../../src/codegen/compatibility.ts';

const members: readonly Member[] = [
  { path: 'image', outcome: { kind: 'honoured', how: 'pulled', differences: [] } },
  {
    path: 'mode',
    outcome: {
      kind: 'honoured',
      how: 'a | b',
      differences: [{ what: 'always so' }, { what: 'now and then', when: () => true }],
    },
  },
  { path: 'links[]', outcome: { kind: 'refused', why: 'there is one network' } },
];

const wanted: Record<string, string> = {
  'names the request and our kind': 'No member of `RunTask` (ECSTask) is dropped in silence.',
  'has a section for each request': '## RunTask\n',
  'counts the outcomes': 'Of 3 members: 1 honoured, 1 accepted, 1 refused.',
  'tells how a member is honoured': '| `image` | honoured | pulled |',
  'tells what differs, and what only sometimes does':
    '| `mode` | accepted | a \\| b. **Differs:** always so; now and then _(not always)_ |',
  'tells why a member is refused': '| `links[]` | refused | there is one network |',
};

describe('renderCompatibility', () => {
  const page = renderCompatibility([{ name: 'RunTask', kind: 'ECSTask', members }]);
  for (const [sentence, want] of Object.entries(wanted)) {
    it(sentence, () => {
      assert(page.includes(want), page);
    });
  }
});
