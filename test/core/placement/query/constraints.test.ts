import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { constraintProblem, queriesOf, type Constraint } from '../../../../src/core/placement/query/constraints.ts';
import { printQuery } from '../../../../src/core/placement/query/print.ts';

const distinct = { type: 'distinctInstance' };
const memberOf = (expression: string): Constraint => ({ type: 'memberOf', expression });

describe('Placement constraints', () => {
  const cases: Readonly<Record<string, readonly [constraints: readonly Constraint[], want: string | undefined]>> = {
    'have no problem where there are none': [[], undefined],
    'have none with an expression that parses': [[distinct, memberOf('attribute:a exists')], undefined],
    'are named by their index, with the character': [
      [distinct, memberOf('attribute:a exits')],
      "placementConstraints[1].expression: at character 13: expected an operator (==, !=, >, >=, <, <=, exists, !exists, in, !in, =~, !~) after attribute:a, found 'exits'",
    ],
    'have the first of their problems': [
      [memberOf('attribute:a == 1 2'), memberOf('')],
      "placementConstraints[0].expression: at character 18: expected and, or, or the end after 1, found '2'",
    ],
  };
  for (const [sentence, [constraints, want]] of Object.entries(cases)) {
    it(sentence, () => assert.equal(constraintProblem(constraints, 'placementConstraints'), want));
  }

  it('ask all that their expressions ask', () => {
    const queries = queriesOf([memberOf('attribute:a exists'), distinct, memberOf('runningTasksCount<5')]);
    assert.deepEqual(queries.map(printQuery), ['attribute:a exists', 'runningTasksCount < 5']);
  });
});
