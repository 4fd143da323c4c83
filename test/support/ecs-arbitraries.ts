import fc from 'fast-check';
import { ecsModel } from '../api/ecs-model.ts';
import { describedService } from './ecs-json.ts';

/**
 * Definitions and services as people have them: any members of the published model with anything in them. Most values
 * are of the right type; others are null, empty, of another type, or of members that the model does not have.
 */

type Members = Readonly<Record<string, unknown>>;

const words = ['', 'app', 'web:7', 'awsvpc', 'tcp', 'GPU', '512', 'arn:aws:s3:::shop/web.env', 'ENABLED', 'a b', 'ä'];
const text = fc.oneof(
  fc.constantFrom(...words),
  fc.string({ unit: fc.constantFrom(...'azAZ09_-/:$ '.split('')), maxLength: 8 }),
);
/** Without what paths are made of, but for one of them: two leaves have two paths. */
const key = fc.constantFrom('', 'a', 'com.example/role', '__proto__', 'b c');
const number = fc.oneof(fc.integer({ min: -1, max: 70_000 }), fc.constantFrom(0, 0.5, 1024));
const strange = fc.constantFrom<unknown>(null, [], {}, '', 'x', 7, 1.5, true, [null], [7, 'x'], [[]], { a: [] }, [{}]);
const unknownNames = fc.constantFrom('novelty', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'Name');

/** Own members, whatever their names are. */
function withUnknown(members: fc.Arbitrary<Members>): fc.Arbitrary<Members> {
  const unknown = fc.option(fc.tuple(unknownNames, strange), { freq: 6 });
  return fc.tuple(members, unknown).map(([known, extra]) => {
    return Object.fromEntries([...Object.entries(known), ...(extra ? [extra] : [])]);
  });
}

function right(type: string): fc.Arbitrary<unknown> {
  if (type.endsWith('[]')) return fc.array(valueOf(type.slice(0, -2)), { maxLength: 3 });
  if (type === 'string') return text;
  if (type === 'integer') return number;
  if (type === 'boolean') return fc.boolean();
  if (type === 'map') return fc.dictionary(key, text, { maxKeys: 3, noNullPrototype: true });
  return structure(type);
}

/** A value of a type of the model, or one that is none. */
function valueOf(type: string): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 9, arbitrary: right(type) }, { weight: 1, arbitrary: strange });
}

function structure(name: string): fc.Arbitrary<Members> {
  const members = Object.entries(ecsModel[name] ?? {}).filter(([member]) => member !== 'family');
  const some = fc.subarray(members, { maxLength: Math.min(members.length, 6) });
  return withUnknown(
    some.chain((chosen) =>
      fc.record(Object.fromEntries(chosen.map(([member, type]) => [member, valueOf(type)])), { noNullPrototype: true }),
    ),
  );
}

const serverSet = fc.constantFrom<Members>(
  {},
  { revision: 7, status: 'ACTIVE', registeredBy: null, compatibilities: [] },
);

/** What a definition may hold, with a family and containers. */
export const anyTaskDefinition: fc.Arbitrary<Members> = fc
  .tuple(
    structure('RegisterTaskDefinitionRequest'),
    fc.array(structure('ContainerDefinition'), { maxLength: 3 }),
    serverSet,
  )
  .map(([members, containerDefinitions, written]) => ({
    family: 'My_Web',
    containerDefinitions,
    ...members,
    ...written,
  }));

const deploymentConfiguration = withUnknown(
  fc.record(
    {
      deploymentCircuitBreaker: fc.constantFrom<unknown>({ enable: false, rollback: false }, { enable: true }, null, 1),
      alarms: fc.constantFrom<unknown>({ alarmNames: [], enable: false, rollback: false }, { alarmNames: ['a'] }, []),
      bakeTimeInMinutes: fc.constantFrom<unknown>(0, 5, null, '0'),
      maximumPercent: fc.constantFrom<unknown>(200, 1, null, '200'),
      strategy: fc.constantFrom<unknown>('ROLLING', 'CANARY', null),
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
);

const describedMembers = Object.entries(describedService()).filter(
  ([name]) => !['serviceName', 'taskDefinition', 'clusterArn', 'deploymentConfiguration'].includes(name),
);

/** A service as it is described, with anything in its members. */
export const anyService: fc.Arbitrary<Members> = withUnknown(
  fc.record(
    {
      ...Object.fromEntries(describedMembers.map(([name, value]) => [name, fc.oneof(fc.constant(value), strange)])),
      schedulingStrategy: fc.constantFrom<unknown>('REPLICA', 'DAEMON', null, 1),
      availabilityZoneRebalancing: fc.constantFrom<unknown>('ENABLED', 'DISABLED', null),
      deploymentConfiguration: fc.oneof({ weight: 3, arbitrary: deploymentConfiguration }, strange),
      clusterArn: fc.constantFrom(null, 'arn:aws:ecs:eu-west-1:123456789012:cluster/prod'),
      cluster: fc.constantFrom(null, 'prod'),
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
).map((members) => ({ serviceName: 'My_Web', taskDefinition: 'web:7', ...members }));
