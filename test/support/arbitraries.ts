import fc from 'fast-check';
import { parseTaskDefinitionSpec, type TaskDefinitionSpec } from '../../src/api/task-definition.ts';
import { containerSettings, memorySettings, withTaskSettings } from './setting-arbitraries.ts';

/**
 * Anything the API server would take, written by hand beside the schemas: within their bounds, with the rules that CEL
 * checks kept, and members left out as often as given.
 */

interface Tmpfs {
  readonly linuxParameters?: { readonly tmpfs?: readonly { readonly containerPath: string }[] };
}

const lower = 'abcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';
const nameCharacters = `${lower}${lower.toUpperCase()}${digits}_-`;

/** Texts of these characters. */
function textOf(characters: string, minLength: number, maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...characters.split('')), minLength, maxLength });
}

const word = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom('$(HOME)', '$$', '"', '\\', 'ä', '--flag=1', '__proto__', ''),
);
const words = fc.array(word, { maxLength: 4 });

/** A name as ECS allows it for containers and families. */
export const ecsName = fc.oneof(
  textOf(nameCharacters, 1, 30),
  textOf(nameCharacters, 60, 255),
  fc.constantFrom('-', '_', 'a', 'A', 'my_app', 'my-app', 'My-App', 'a-', '-a', 'a--b', '0'.repeat(64)),
);

const healthCheck = fc.record({
  command: fc.oneof(
    fc.array(word, { minLength: 1, maxLength: 4 }).map((rest) => ['CMD', ...rest]),
    word.map((line) => ['CMD-SHELL', line]),
  ),
  interval: fc.integer({ min: 5, max: 300 }),
  timeout: fc.integer({ min: 2, max: 60 }),
  retries: fc.integer({ min: 1, max: 10 }),
  startPeriod: fc.integer({ min: 0, max: 300 }),
});

const port = fc.integer({ min: 1, max: 65535 }).chain((containerPort) =>
  fc.record(
    {
      containerPort: fc.constant(containerPort),
      hostPort: fc.constantFrom(0, containerPort),
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      name: textOf(`${lower}${digits}_`, 1, 64),
    },
    { requiredKeys: ['containerPort', 'protocol'] },
  ),
);
const portRange = fc.integer({ min: 1, max: 65535 }).map((first) => ({
  containerPortRange: `${String(first)}-65535`,
  protocol: 'tcp' as const,
}));

const capabilities = fc.array(fc.constantFrom('ALL', 'CAP_CHOWN', 'NET_ADMIN', 'CAP_SYS_PTRACE'), { maxLength: 3 });
const mebibytes = fc.oneof(fc.integer({ min: 6, max: 8192 }), fc.integer({ min: 6, max: 1_048_576 }));

/** `memory`, `memoryReservation`, or both with the first not below the second. */
const memory = fc.oneof(
  fc.record({ memory: mebibytes }),
  fc.record({ memoryReservation: mebibytes }),
  fc.tuple(mebibytes, mebibytes).map(([a, b]) => ({ memory: Math.max(a, b), memoryReservation: Math.min(a, b) })),
);

const environment = fc.uniqueArray(fc.record({ name: textOf(lower.toUpperCase(), 1, 20), value: word }), {
  maxLength: 4,
  selector: (each) => each.name,
});

const volumeNames = ['data', 'My_Data', 'my-data', 'constructor', '__proto__'] as const;
const password = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop-a1b2c3:password::';
const bucket = 'arn:aws:s3:::shop/web.env';

const mountPoint = fc.record(
  {
    sourceVolume: fc.constantFrom(...volumeNames),
    containerPath: fc.constantFrom('/a', '/b', '/tmp'),
    readOnly: fc.boolean(),
  },
  { requiredKeys: ['sourceVolume', 'containerPath'] },
);

/** What a container takes from objects of the namespace; `kubernetes` below maps the ARNs. */
const references = fc.record(
  {
    secrets: fc.uniqueArray(
      fc.record({ name: textOf(lower, 1, 20), valueFrom: fc.constantFrom(password, 'secret:shop:token') }),
      { maxLength: 3, selector: (each) => each.name },
    ),
    environmentFiles: fc.array(fc.constantFrom({ value: 'configmap:web' }, { value: bucket, type: 's3' as const }), {
      maxLength: 3,
    }),
    repositoryCredentials: fc.record({ credentialsParameter: fc.constantFrom(password, 'secret:registry') }),
    mountPoints: fc.uniqueArray(mountPoint, { maxLength: 3, selector: (each) => each.containerPath }),
  },
  { requiredKeys: [] },
);

const kubernetes = fc
  .record(
    {
      serviceAccountName: fc.constant('shop'),
      imagePullSecrets: fc.constant([{ name: 'registry' }]),
      nodeSelector: fc.constant({ zone: 'a' }),
      secretProviderClass: fc.constant('shop'),
      podOverlay: fc.constant({ labels: { team: 'shop' }, annotations: { note: 'A note' } }),
    },
    { requiredKeys: [] },
  )
  .map((members) => ({
    ...members,
    secrets: { [password]: { name: 'shop', key: 'password' } },
    configMaps: { [bucket]: 'web' },
    persistentVolumeClaims: { 'my-data': 'claim' },
  }));

const volumes = volumeNames.map((name, index) => ({
  name,
  ...(index === 0 && { host: { sourcePath: '/data' } }),
  ...(index === 1 && { dockerVolumeConfiguration: {} }),
  ...(index === 3 && { configuredAtLaunch: true }),
}));

const container = fc
  .record(
    {
      image: textOf(`${lower}${digits}./:@-`, 1, 60),
      cpu: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 4096 }), fc.integer({ min: 0, max: 262_144 })),
      essential: fc.boolean(),
      entryPoint: words,
      command: words,
      environment,
      portMappings: fc.uniqueArray(fc.oneof(port, portRange), {
        maxLength: 3,
        selector: (mapping) => 'containerPort' in mapping && `${String(mapping.containerPort)}/${mapping.protocol}`,
      }),
      healthCheck,
      startTimeout: fc.integer({ min: 2, max: 86_400 }),
      stopTimeout: fc.oneof(fc.constant(0), fc.integer({ min: 2, max: 86_400 })),
      workingDirectory: textOf(`${lower}/`, 1, 20),
      user: fc.array(fc.nat(), { minLength: 1, maxLength: 2 }).map((ids) => ids.join(':')),
      readonlyRootFilesystem: fc.boolean(),
      privileged: fc.boolean(),
      linuxParameters: fc.record(
        {
          capabilities: fc.record({ add: capabilities, drop: capabilities }, { requiredKeys: [] }),
          ...memorySettings,
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ['image'] },
  )
  .chain((members) =>
    fc.tuple(memory, containerSettings).map(([bounds, settings]) => ({ ...members, ...bounds, ...settings })),
  );

/** What a revision may hold: the schema fills in the defaults, as the API server does. */
export const taskDefinitionContent: fc.Arbitrary<TaskDefinitionSpec> = fc
  .record({
    containers: fc.uniqueArray(fc.tuple(ecsName, container, references), {
      minLength: 1,
      maxLength: 4,
      selector: ([name]) => name,
    }),
    isReferring: fc.boolean(),
    kubernetes,
    takers: fc.array(fc.nat(3), { maxLength: 4 }),
  })
  .chain(({ containers, isReferring, takers, kubernetes: block }) => {
    const content = parseTaskDefinitionSpec({
      containerDefinitions: containers.map(([name, members, refers], index) => ({
        name,
        ...members,
        ...(index === 0 && { essential: true }),
        ...(isReferring && { ...withoutMemory(refers, members), volumesFrom: takenFrom(containers, index, takers) }),
      })),
      ...(isReferring && { volumes, kubernetes: block, ephemeralStorage: { sizeInGiB: 21 } }),
    });
    const settings = withTaskSettings(fc.constant([...content.containerDefinitions]));
    return fc
      .tuple(settings, sizeHolding(content.containerDefinitions))
      .map(([members, size]) => ({ ...content, ...members, ...size }));
  });

/** No size of the task, half of one or a whole one, in which the containers fit; no memory where they have too much. */
function sizeHolding(
  definitions: TaskDefinitionSpec['containerDefinitions'],
): fc.Arbitrary<Partial<TaskDefinitionSpec>> {
  const sum = (amounts: readonly number[]): number => amounts.reduce((a, b) => a + b, 0);
  const units = sum(definitions.map(({ cpu }) => cpu));
  const reserved = sum(definitions.map((each) => each.memoryReservation ?? each.memory ?? 0));
  const mebibytes = Math.max(reserved, ...definitions.map((each) => each.memory ?? 0));
  return fc.record(
    {
      ...(units <= 196_608 && { cpu: fc.integer({ min: Math.max(128, units), max: 196_608 }).map(String) }),
      ...(mebibytes <= 1_048_576 && { memory: fc.integer({ min: mebibytes, max: 1_048_576 }).map(String) }),
    },
    { requiredKeys: [], noNullPrototype: true },
  );
}

/** Nothing is mounted where the container has a tmpfs; what it takes over may be. */
function withoutMemory<T extends { readonly mountPoints?: readonly { readonly containerPath: string }[] }>(
  { mountPoints, ...refers }: T,
  { linuxParameters }: Tmpfs,
): object {
  const taken = linuxParameters?.tmpfs?.map(({ containerPath }) => containerPath) ?? [];
  const left = mountPoints?.filter(({ containerPath }) => !taken.includes(containerPath));
  return { ...refers, ...(left && { mountPoints: left }) };
}

/** Containers other than that one, rings and repetitions among them. */
function takenFrom(
  containers: readonly (readonly [name: string, ...unknown[]])[],
  index: number,
  takers: readonly number[],
): { readonly sourceContainer: string }[] {
  return takers
    .map((taker) => (taker + index + 1) % containers.length)
    .filter((source) => source !== index)
    .map((source) => ({ sourceContainer: containers[source]?.[0] ?? '' }));
}
