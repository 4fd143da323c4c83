import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseQuery } from '../../../../src/core/placement/query/parse.ts';
import { printQuery } from '../../../../src/core/placement/query/print.ts';

/** What an expression reads as, in one form for all ways to write it. */
function read(text: string): string {
  const parsed = parseQuery(text);
  return parsed.kind === 'query' ? printQuery(parsed.query) : `refused: ${parsed.message}`;
}

const same = undefined;

/** The examples of the Developer Guide, and each other way to write something. */
const readable: Readonly<Record<string, string | undefined>> = {
  'attribute:ecs.instance-type == t2.small': same,
  'attribute:ecs.availability-zone in [us-east-1a, us-east-1b]': same,
  'attribute:ecs.instance-type =~ g2.* and attribute:ecs.availability-zone != us-east-1d': same,
  'task:group == service:production': same,
  'not(task:group == database)': same,
  'runningTasksCount == 1': same,
  'registeredAt < 2018-02-13': same,
  "ec2InstanceId in ['i-abcd1234', 'i-wxyx7890']": 'ec2InstanceId in [i-abcd1234, i-wxyx7890]',
  'attribute:a equals 1': 'attribute:a == 1',
  'attribute:a not_equals 1': 'attribute:a != 1',
  'attribute:a greater_than 1': 'attribute:a > 1',
  'attribute:a greater_than_equal 1': 'attribute:a >= 1',
  'attribute:a less_than 1': 'attribute:a < 1',
  'attribute:a less_than_equal 1': 'attribute:a <= 1',
  'attribute:a exists': same,
  'attribute:a not_exists': 'attribute:a !exists',
  'attribute:a not_in [1]': 'attribute:a !in [1]',
  'attribute:a matches 1.*': 'attribute:a =~ 1.*',
  'attribute:a not_matches 1.*': 'attribute:a !~ 1.*',
  'attribute:a EXISTS AND attribute:b Not_Exists': 'attribute:a exists and attribute:b !exists',
  'attribute:a==1&&attribute:b!=2||attribute:c!exists': 'attribute:a == 1 and attribute:b != 2 or attribute:c !exists',
  'attribute:a=~1.*&&attribute:b!~2.*||attribute:c!in[1,2]':
    'attribute:a =~ 1.* and attribute:b !~ 2.* or attribute:c !in [1, 2]',
  '!attribute:a == 1': 'not(attribute:a == 1)',
  'not attribute:a == 1 and attribute:b == 2': 'not(attribute:a == 1) and attribute:b == 2',
  'not(attribute:a == 1 and attribute:b == 2)': same,
  '!!attribute:a exists': 'not(not(attribute:a exists))',
  'attribute:a exists or attribute:b exists and attribute:c exists': same,
  '(attribute:a exists or attribute:b exists) and attribute:c exists': same,
  '((attribute:a exists))': 'attribute:a exists',
  '  attribute:a\texists\n': 'attribute:a exists',
  'attribute:a == or': same,
  'attribute:order exists and attribute:android == and': same,
  "attribute:a == 'two words'": same,
  'attribute:a == "1"': 'attribute:a == 1',
  'attribute:a == "C:\\\\tools"': 'attribute:a == C:\\\\tools',
  "attribute:a =~ '(t2|m5)\\..*'": same,
  'attribute:a =~ "it\'s"': same,
  "attribute:a =~ 'a||b'": same,
  'attribute:a =~ [mt][0-9]{1,2}|c5$': same,
  'attribute:karpenter.sh/nodepool == spot': same,
  'attribute:com.amazonaws.ecs.capability.docker-remote-api.1.18 exists': same,
  'agentConnected == true': same,
  'agentConnected in [true, false]': same,
  'agentConnected !~ f.*': same,
  'registeredAt >= 2018-06-18T22:28:28': same,
  'registeredAt >= 2018-06-18T22:28:28Z': same,
  'registeredAt >= 2018-06-18T22:28:28+00:00': same,
  "task:group in ['service:web', 'any thing!']": "task:group in [service:web, 'any thing!']",
};

const ofAttribute = '==, !=, >, >=, <, <=, exists, !exists, in, !in, =~, !~';
const subjects = 'attribute:NAME, task:group, ec2InstanceId, agentConnected, registeredAt or runningTasksCount';
const dates = 'a date such as 2018-06-18, 2018-06-18T22:28:28, 2018-06-18T22:28:28Z or …+00:00';
const long = 'a'.repeat(129);

const refused: Readonly<Record<string, string>> = {
  '': `at character 1: expected ${subjects}, found the end`,
  'zone == a': `at character 1: expected ${subjects}, found 'zone'`,
  'ecs.instance-type == a': `at character 1: expected ${subjects}, found 'ecs.instance-type'`,
  'agentconnected == true': `at character 1: expected ${subjects}, found 'agentconnected'`,
  'agentConnectedx == true': `at character 1: expected ${subjects}, found 'agentConnectedx'`,
  'attribute:a exists and': `at character 23: expected ${subjects} after and, found the end`,
  'attribute:a exists and or attribute:b exists': `at character 24: expected ${subjects} after and, found 'or'`,
  not: `at character 4: expected ${subjects} after not, found the end`,
  '()': `at character 2: expected ${subjects} after (, found ')'`,
  'attribute: a == 1':
    'at character 11: expected the name of an attribute, of letters, digits and - _ . / \\, after attribute:, found a space',
  'attribute:== 1':
    "at character 11: expected the name of an attribute, of letters, digits and - _ . / \\, after attribute:, found '=='",
  'attribute:ecs.instance-type t2.small': `at character 29: expected an operator (${ofAttribute}) after attribute:ecs.instance-type, found 't2.small'`,
  'attribute:a@b == 1': `at character 12: expected an operator (${ofAttribute}) after attribute:a, found '@b'`,
  'attribute:a = 1': `at character 13: expected an operator (${ofAttribute}) after attribute:a, found '='`,
  'attribute:a not in [1]': `at character 13: expected an operator (${ofAttribute}) after attribute:a, found 'not'`,
  'attribute:a like 1': `at character 13: expected an operator (${ofAttribute}) after attribute:a, found 'like'`,
  'attribute:a': `at character 12: expected an operator (${ofAttribute}) after attribute:a, found the end`,
  [`attribute:${long} exists`]: 'at character 11: names of attributes have at most 128 characters, and this has 129',
  'runningTasksCount exists':
    "at character 19: expected an operator (==, !=, >, >=, <, <=) after runningTasksCount, found 'exists'",
  'runningTasksCount in [1]':
    "at character 19: expected an operator (==, !=, >, >=, <, <=) after runningTasksCount, found 'in'",
  'ec2InstanceId > i-1':
    "at character 15: expected an operator (==, !=, in, !in, =~, !~) after ec2InstanceId, found '>'",
  'agentConnected exists':
    "at character 16: expected an operator (==, !=, in, !in, =~, !~) after agentConnected, found 'exists'",
  'registeredAt =~ 2018.*':
    "at character 14: expected an operator (==, !=, >, >=, <, <=) after registeredAt, found '=~'",
  'task:group =~ service:.*': "at character 12: expected an operator (==, !=, in, !in) after task:group, found '=~'",
  'task:group exists': "at character 12: expected an operator (==, !=, in, !in) after task:group, found 'exists'",
  'agentVersion < 1.14.5':
    'at character 1: agentVersion is not known: these nodes run no ECS agent; label the nodes instead, and ask for attribute:NAME',
  'attribute:a ==': 'at character 15: expected a value after ==, found the end',
  'attribute:a == 1 2': "at character 18: expected and, or, or the end after 1, found '2'",
  'attribute:a == 1)': "at character 17: expected and, or, or the end after 1, found ')'",
  'attribute:a exists orattribute:b exists':
    "at character 20: expected and, or, or the end after exists, found 'orattribute:b'",
  '(attribute:a == 1': 'at character 18: expected and, or, or ) after 1, found the end',
  '(attribute:a) == 1': `at character 13: expected an operator (${ofAttribute}) after (attribute:a, found ')'`,
  "attribute:a == 't2": 'at character 16: this quote is not closed',
  "attribute:a == ''": 'at character 17: the value is empty',
  'attribute:a == [1]': "at character 16: expected one value (lists are for in and !in) after ==, found '[1]'",
  'attribute:a in 1': "at character 16: expected a list such as [a, b] after in, found '1'",
  'attribute:a in []': "at character 17: expected a value after [, found ']'",
  'attribute:a in [1,]': "at character 19: expected a value after [1,, found ']'",
  'attribute:a in [1 2]': "at character 19: expected a comma or ] after [1, found '2]'",
  'attribute:a in [1': 'at character 18: expected a comma or ] after [1, found the end',
  'attribute:a == t2.*': "at character 19: '*' cannot stand in a value; patterns are for =~ and !~",
  "attribute:a in [b, 'c+']": "at character 22: '+' cannot stand in a value; patterns are for =~ and !~",
  [`attribute:a == ${long}`]: 'at character 16: values have at most 128 characters, and this has 129',
  'attribute:a > many': "at character 15: expected a whole number, found 'many'",
  'runningTasksCount < 1.5': "at character 21: expected a whole number, found '1.5'",
  'agentConnected == yes': "at character 19: expected true or false, found 'yes'",
  'registeredAt < yesterday': `at character 16: expected ${dates}, found 'yesterday'`,
  'registeredAt < 2018-02-30': `at character 16: expected ${dates}, found '2018-02-30'`,
  'registeredAt < 2018-06-18T25:00:00Z': `at character 16: expected ${dates}, found '2018-06-18T25:00:00Z'`,
  'registeredAt < 2018-06-18T22:28Z': `at character 16: expected ${dates}, found '2018-06-18T22:28Z'`,
  'attribute:a =~ (t2|t3).*':
    "at character 16: expected a value (one with parentheses needs quotes) after =~, found '(t2|t3).*'",
  'attribute:a =~ t(2|3)': "at character 17: a value with parentheses needs quotes, as in 't(…'",
  'attribute:a =~ t[2': 'at character 17: this [ is not closed',
  "attribute:a =~ 't(2'": 'at character 18: this ( is not closed',
  [`${'('.repeat(51)}attribute:a exists`]: 'at character 52: parentheses and not can be 50 deep, and this is deeper',
  [`attribute:a == ${' '.repeat(1986)}`]: 'it has 2001 characters, and an expression can have 2000',
};

describe('parseQuery reads', () => {
  for (const [text, want] of Object.entries(readable)) it(text, () => assert.equal(read(text), want ?? text));

  it('50 parentheses in one another', () => {
    assert.equal(read(`${'('.repeat(50)}attribute:a exists${')'.repeat(50)}`), 'attribute:a exists');
  });

  it('values of 128 characters, names too', () => {
    const most = 'a'.repeat(128);
    assert.equal(read(`attribute:${most} == ${most}`), `attribute:${most} == ${most}`);
  });
});

describe('parseQuery refuses', () => {
  for (const [text, want] of Object.entries(refused)) {
    it(text === '' ? 'nothing' : text.slice(0, 60), () => assert.equal(read(text), `refused: ${want}`));
  }
});
