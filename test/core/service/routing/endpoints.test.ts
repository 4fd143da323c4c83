import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { RoutingConfiguration } from '../../../../src/api/routing.ts';
import { deploymentHash } from '../../../../src/core/service/deployment.ts';
import { routingContentOf } from '../../../../src/core/service/routing/content.ts';
import { routingDifferences } from '../../../../src/core/service/routing/differences.ts';
import { endpointsOf } from '../../../../src/core/service/routing/endpoints.ts';
import { connectName, registryName, targetGroupName } from '../../../../src/core/service/routing/names.ts';
import { routable } from '../../../../src/core/service/routing/problem.ts';
import { containerDefinition, content, snapshot } from '../../../support/builders.ts';
import { arn, connect, mapped, otherArn } from '../../../support/routing.ts';

const web = { name: 'web', uid: 'uid-of-web' };

describe('the names that tasks are reached by', () => {
  const registries: Readonly<Record<string, string>> = {
    'service:shop': 'shop',
    'arn:aws:servicediscovery:eu-west-1:123456789012:service/srv-1': 'web',
  };
  for (const [registryArn, name] of Object.entries(registries)) {
    it(`is ${name} for the registry ${registryArn}`, () => assert.equal(registryName(web, { registryArn }), name));
  }

  const aliases: readonly (readonly [string, Parameters<typeof connectName>[0], string])[] = [
    ['the portName', { portName: 'http' }, 'http'],
    ['the discoveryName', { portName: 'http', discoveryName: 'api' }, 'api'],
    ['the dnsName', { portName: 'http', clientAliases: [{ port: 80, dnsName: 'shop' }] }, 'shop'],
    ['its first label in the namespace', { portName: 'http', clientAliases: [{ port: 80, dnsName: 'a.prod' }] }, 'a'],
    [
      'the portName for a dnsName elsewhere',
      { portName: 'http', clientAliases: [{ port: 80, dnsName: 'a.b' }] },
      'http',
    ],
    ['another for what is no label', { portName: 'my_port' }, 'my-port-2c3200d5'],
  ];
  for (const [what, given, name] of aliases) {
    it(`is ${what} for Service Connect`, () => assert.equal(connectName(given, 'arn:aws:x:namespace/prod'), name));
  }

  it('is of the uid for a target group, so that nobody else has it', () => {
    const balancer = { targetGroupArn: arn, containerName: 'app', containerPort: 80 };
    const names = [web, { ...web, uid: 'other' }, { ...web, name: '9'.repeat(200) }].map((each) =>
      targetGroupName(each, balancer),
    );
    assert.equal(new Set(names).size, 3);
    for (const name of names) assert.match(name, /^lb-[a-z0-9-]{1,59}[a-z0-9]$/);
    assert.notEqual(targetGroupName(web, { ...balancer, targetGroupArn: otherArn }), names[0]);
  });
});

describe('the core Services of a deployment', () => {
  const held = mapped({ name: 'http', containerPort: 8080 }, { containerPort: 53, protocol: 'udp' });

  function told(routing: RoutingConfiguration): string[] {
    return endpointsOf(web, { routing, content: held }).map(({ name, isHeadless, ports, targetGroupArn }) => {
      const to = ports.map(({ port, target }) => `${String(port)}>${String(target.containerPort)}/${target.protocol}`);
      return [isHeadless ? 'headless' : '', name.slice(0, 8), ...to, targetGroupArn ?? ''].filter(Boolean).join(' ');
    });
  }

  const cases: readonly (readonly [string, RoutingConfiguration, readonly string[]])[] = [
    ['none', {}, []],
    [
      'one for each target group',
      { loadBalancers: [{ targetGroupArn: arn, containerName: 'app', containerPort: 8080 }] },
      [
        `lb-web-${targetGroupName(web, { targetGroupArn: arn, containerName: '', containerPort: 1 })[7] ?? ''} 8080>8080/TCP ${arn}`,
      ],
    ],
    ['a headless one for the registry', { serviceRegistries: [{ registryArn: 'service:shop' }] }, ['headless shop']],
    [
      'with the port of the registry',
      { serviceRegistries: [{ registryArn: 'service:shop', port: 53 }] },
      ['headless shop 53>53/UDP'],
    ],
    ['one for an alias', connect({ portName: 'http', clientAliases: [{ port: 80 }] }), ['http 80>8080/TCP']],
    ['on the port of the container without an alias', connect({ portName: 'http' }), ['http 8080>8080/TCP']],
    [
      'one with an address where an alias is called as the registry',
      {
        serviceRegistries: [{ registryArn: 'service:shop' }],
        ...connect({ portName: 'http', clientAliases: [{ port: 80, dnsName: 'shop' }] }),
      },
      ['shop 80>8080/TCP'],
    ],
  ];
  for (const [what, routing, wanted] of cases) it(`are ${what}`, () => assert.deepEqual(told(routing), wanted));

  it('call the port of a target group alike in two deployments that listen on different ones', () => {
    const names = [8080, 9090].map((containerPort) => {
      const loadBalancers = [{ targetGroupArn: arn, containerName: 'app', containerPort }];
      const [endpoint] = endpointsOf(web, { routing: { loadBalancers }, content: mapped({ containerPort }) });
      return endpoint?.ports[0]?.target.name;
    });
    assert.match(names[0] ?? '', /^ecs-[0-9a-f]{8}$/);
    assert.equal(names[0], names[1]);
  });
});

describe('what of the routing is content of a deployment', () => {
  it('is nothing where nothing is routed, so that hashes stay', () => {
    const idle = [
      {},
      { loadBalancers: [], serviceRegistries: [] },
      { serviceConnectConfiguration: { enabled: false } },
      { serviceConnectConfiguration: { enabled: true } },
    ];
    for (const each of idle) assert.deepEqual(routingContentOf(each), {});
    assert.equal(deploymentHash({ ...snapshot(), ...routingContentOf({}) }), deploymentHash(snapshot()));
  });

  it('is each of the three members', () => {
    const routings = [
      {},
      { loadBalancers: [{ targetGroupArn: arn, containerName: 'app', containerPort: 80 }] },
      { loadBalancers: [{ targetGroupArn: arn, containerName: 'app', containerPort: 81 }] },
      { serviceRegistries: [{ registryArn: 'service:shop' }] },
      connect({ portName: 'http' }),
    ];
    const hashes = routings.map((each) => deploymentHash({ ...snapshot(), ...routingContentOf(each) }));
    assert.equal(new Set(hashes).size, routings.length);
  });

  it('is neither the order of target groups, nor what is about a proxy', () => {
    const [a, b] = [arn, otherArn].map((targetGroupArn) => ({
      targetGroupArn,
      containerName: 'app',
      containerPort: 80,
    }));
    assert.ok(a && b);
    assert.deepEqual(routingContentOf({ loadBalancers: [a, b] }), routingContentOf({ loadBalancers: [b, a] }));
    const { serviceConnectConfiguration } = connect({ portName: 'http' });
    const withLogs = { ...serviceConnectConfiguration, accessLogConfiguration: { format: 'JSON' as const } };
    assert.deepEqual(
      routingContentOf({ serviceConnectConfiguration: withLogs }),
      routingContentOf({ serviceConnectConfiguration }),
    );
  });
});

describe('a service that cannot be routed to', () => {
  const held = mapped(
    { name: 'http', containerPort: 8080 },
    { containerPortRange: '9000-9010', name: 'many' },
    { containerPort: 80 },
  );

  function problem(spec: RoutingConfiguration, name = 'web'): string | undefined {
    const resolution = routable(
      { kind: 'found', taskDefinition: 'web:1', content: held },
      { metadata: { name, uid: 'u' }, spec },
    );
    return resolution.kind === 'missing' ? `${resolution.reason}: ${resolution.message}` : undefined;
  }

  const balanced = (containerName: string, containerPort: number): RoutingConfiguration => ({
    loadBalancers: [{ targetGroupArn: arn, containerName, containerPort }],
  });
  const rows: readonly (readonly [string, RoutingConfiguration, RegExp | undefined])[] = [
    ['a port that is mapped', balanced('app', 8080), undefined],
    ['the first of a range', balanced('app', 9000), undefined],
    ['the last of a range', balanced('app', 9010), undefined],
    [
      'one before the range',
      balanced('app', 8999),
      /containerPort is 8999, .* container app have 8080, 9000-9010, 80\./,
    ],
    ['one after the range', balanced('app', 9011), /containerPort is 9011/],
    ['a container that is not there', balanced('api', 80), /containerName is api, and its containers are app\./],
    [
      'a registry of a port that is not mapped',
      { serviceRegistries: [{ registryArn: 'service:a', containerName: 'app', containerPort: 1 }] },
      /serviceRegistries\[0\]\.containerPort is 1/,
    ],
    [
      'the SRV port of none',
      { serviceRegistries: [{ registryArn: 'service:a', port: 7 }] },
      /port is 7, and .* have 8080/,
    ],
    ['a portName that is none', connect({ portName: 'grpc' }), /has portName grpc, and the names .* are http\./],
    ['a portName of a range', connect({ portName: 'many' }), /has portName many/],
    ['an alias', connect({ portName: 'http', clientAliases: [{ port: 80 }] }), undefined],
    [
      'two aliases with one name and port',
      connect(
        { portName: 'http', clientAliases: [{ port: 80, dnsName: 'a' }] },
        { portName: 'http', clientAliases: [{ port: 80, dnsName: 'a' }] },
      ),
      /port 80\/TCP of the core Service a would be two/,
    ],
    [
      'a name that begins with a digit',
      connect({ portName: 'http', discoveryName: '1st' }),
      /would be 1st: a core Service/,
    ],
  ];
  for (const [what, spec, message] of rows) {
    it(`${message ? 'is refused' : 'is not, but taken'}: ${what}`, () => {
      const found = problem(spec);
      if (message === undefined) assert.equal(found, undefined);
      else assert.match(found ?? '', message);
    });
  }

  it('may lack a name of its own for a registry', () => {
    const arnOnly = { serviceRegistries: [{ registryArn: 'arn:aws:servicediscovery:eu-west-1:1:service/srv-1' }] };
    assert.match(problem(arnOnly, '1web') ?? '', /InvalidRouting: .* would be 1web: .*say service:NAME/);
    assert.equal(problem(arnOnly), undefined);
  });

  it('has names of mappings without any', () => {
    const resolution = { kind: 'found', taskDefinition: 'web:1', content: content(containerDefinition()) } as const;
    const spec = connect({ portName: 'http' });
    const found = routable(resolution, { metadata: web, spec });
    assert.match(found.kind === 'missing' ? found.message : '', /portMappings with a containerPort are none\./);
  });
});

describe('what of the routing differs from ECS', () => {
  const told = (spec: RoutingConfiguration): string[] => routingDifferences(web, spec).flatMap(({ paths }) => paths);

  it('is told of ARNs, aliases that cannot be, and proxies', () => {
    assert.deepEqual(told({ serviceRegistries: [{ registryArn: 'service:a' }] }), []);
    assert.deepEqual(told({ serviceRegistries: [{ registryArn: 'arn:aws:x' }] }), ['serviceRegistries[0].registryArn']);
    const spec = connect({ portName: 'http' }, { portName: 'b', clientAliases: [{ port: 1, dnsName: 'b.elsewhere' }] });
    const logConfiguration = { logDriver: 'json-file' as const };
    const logged = { serviceConnectConfiguration: { ...spec.serviceConnectConfiguration, logConfiguration } };
    assert.deepEqual(told(logged), [
      'serviceConnectConfiguration',
      'serviceConnectConfiguration.services[1]',
      'serviceConnectConfiguration.logConfiguration',
    ]);
    assert.deepEqual(told({ serviceConnectConfiguration: { enabled: false } }), []);
  });
});
