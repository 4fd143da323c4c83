import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, it } from 'mocha';

/** What each layer may import besides itself. `types` are imports that leave nothing at run time. */
interface Layer {
  readonly imports: readonly string[];
  readonly types?: readonly string[];
}

/** The layers of src, inner ones first. One that is not named by another is unknown to it: siblings stay strangers. */
const layers: Record<string, Layer> = {
  base: { imports: [] },
  api: { imports: ['base'] },
  core: { imports: ['base', 'api'] },
  kube: { imports: ['base'] },
  aws: { imports: ['base'], types: ['core'] },
  prometheus: { imports: ['base'], types: ['core'] },
  controllers: { imports: ['base', 'api', 'core', 'kube', 'aws'] },
  metrics: { imports: ['base', 'api', 'core', 'kube', 'prometheus'] },
  ecsapi: { imports: ['base', 'api', 'core', 'kube'] },
  webhooks: { imports: ['base', 'api', 'core', 'kube'] },
  console: { imports: ['base', 'api', 'core', 'kube'] },
  cli: { imports: ['base', 'api', 'core', 'kube'] },
  codegen: { imports: ['base', 'api', 'controllers', 'metrics', 'webhooks'] },
};

/** Files directly in src, where everything is put together. */
const roots = ['main', 'operator', 'config', 'logging', 'server'];

/** The layers a package is at home in. Packages that are not listed have no home yet: give them one here. */
const packages: Record<string, Layer> = {
  zod: { imports: ['api', 'codegen'] },
  '@kubernetes/client-node': { imports: ['kube'], types: ['api'] },
  undici: { imports: ['kube'] },
  '@aws-sdk/': { imports: ['aws'] },
  'prom-client': { imports: ['metrics'] },
  express: { imports: ['server'] },
  winston: { imports: ['logging'] },
  commander: { imports: ['cli'] },
  yaml: { imports: ['codegen', 'cli'] },
  dequal: { imports: ['kube'] },
};

/** Words that only some files may use; `inside` limits the ban to a layer, `except` names the files that have the right. */
interface Ban {
  readonly pattern: RegExp;
  readonly inside?: string;
  readonly except?: readonly string[];
}

const bans: Record<string, Ban> = {
  'core neither waits nor knows that others do': { pattern: /\b(await|async|Promise)\b/, inside: 'core' },
  'core is told the time': { pattern: /\bDate\.now\b|\bnew Date\(/, inside: 'core' },
  'core is told its ids': { pattern: /\bMath\.random\b|\brandomUUID\b/, inside: 'core' },
  'core has no surroundings': { pattern: /\bprocess\.|\bconsole\.|\bglobalThis\b|\bfetch\(/, inside: 'core' },
  'only base/clock.ts sets timers': { pattern: /\bset(Timeout|Interval|Immediate)\(/, except: ['src/base/clock.ts'] },
  'only base/clock.ts reads the time': { pattern: /\bDate\.now\b|\bnew Date\(\)/, except: ['src/base/clock.ts'] },
  // A credential plugin is given the environment as it is: nothing is read from it there.
  'only config.ts reads the environment': {
    pattern: /\bprocess\.(env|argv)\b/,
    except: ['src/config.ts', 'src/kube/wire/exec-plugin.ts'],
  },
  'exports have names': { pattern: /^export default\b/m },
};

const longestFile = 400;

interface SourceFile {
  /** From the root of the repository: `src/core/task/pod.ts`. */
  readonly path: string;
  readonly source: string;
}

interface Import {
  readonly specifier: string;
  readonly isTypeOnly: boolean;
}

/** Every way in which a file departs from the architecture, as sentences. */
function departures({ path, source }: SourceFile): readonly string[] {
  const layer = layerOf(path);
  if (layer === undefined) return [`${path} is in no layer`];
  const imports = importsOf(source);
  return [
    ...imports.filter((found) => !mayImport(path, layer, found)).map(({ specifier }) => `${path} imports ${specifier}`),
    ...brokenBans(path, layer, withoutText(source)).map((ban) => `${path}: ${ban}`),
    ...(source.split('\n').length > longestFile + 1 ? [`${path} has more than ${longestFile} lines`] : []),
  ];
}

/** The folder below src, or the file's own name where it lies in src itself. */
function layerOf(path: string): string | undefined {
  const [, first = '', ...rest] = path.split('/');
  const layer = rest.length === 0 ? first.replace(/\.ts$/, '') : first;
  const known = rest.length === 0 ? roots.includes(layer) : Object.hasOwn(layers, layer);
  return known ? layer : undefined;
}

function importsOf(source: string): readonly Import[] {
  const statements = source.matchAll(/^(?:import|export)(\s+type\b)?(?:\s+[\w$*{},\s]+\sfrom)?\s+'([^']+)'/gm);
  const dynamic = source.matchAll(/\bimport\('([^']+)'\)/g);
  return [
    ...[...statements].map(([, type, specifier = '']) => ({ specifier, isTypeOnly: type !== undefined })),
    ...[...dynamic].map(([, specifier = '']) => ({ specifier, isTypeOnly: false })),
  ];
}

function mayImport(path: string, layer: string, found: Import): boolean {
  if (found.specifier.startsWith('node:')) return layer !== 'core';
  if (found.specifier.startsWith('.')) return mayImportFile(path, layer, found);
  const home = Object.entries(packages).find(([name]) => isOfPackage(found.specifier, name))?.[1];
  return home !== undefined && isListed(layer, { imports: home.imports, types: home.types ?? [] }, found);
}

function mayImportFile(path: string, layer: string, found: Import): boolean {
  const target = layerOf(normalize(join(dirname(path), found.specifier)));
  if (target === undefined) return false;
  return layer === target || roots.includes(layer) || isListed(target, layers[layer], found);
}

function isListed(name: string, { imports, types = [] }: Layer = { imports: [] }, { isTypeOnly }: Import): boolean {
  return imports.includes(name) || (isTypeOnly && types.includes(name));
}

function isOfPackage(specifier: string, name: string): boolean {
  return specifier === name || specifier.startsWith(name.endsWith('/') ? name : `${name}/`);
}

function brokenBans(path: string, layer: string, code: string): readonly string[] {
  return Object.entries(bans)
    .filter(([, { inside, except }]) => (inside === undefined || inside === layer) && except?.includes(path) !== true)
    .filter(([, { pattern }]) => pattern.test(code))
    .map(([sentence]) => sentence);
}

/** The source without comments and quoted text, so that a word in a sentence is not taken for code. */
function withoutText(source: string): string {
  const token = /(`(?:\\.|[^`\\])*`)|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return source.replace(token, (_text, template: string | undefined) => template ?? '');
}

interface Case extends SourceFile {
  readonly want: readonly string[];
}

const cases: Record<string, Case> = {
  'a file outside every layer is refused': {
    path: 'src/utils/strings.ts',
    source: '',
    want: ['src/utils/strings.ts is in no layer'],
  },
  'a file of src that is no root is refused': {
    path: 'src/helpers.ts',
    source: '',
    want: ['src/helpers.ts is in no layer'],
  },
  'an inner layer may not know an outer one': {
    path: 'src/core/task/pod.ts',
    source: "import { act } from '../../kube/writes/act.ts';",
    want: ['src/core/task/pod.ts imports ../../kube/writes/act.ts'],
  },
  'siblings do not know each other': {
    path: 'src/kube/writes/act.ts',
    source: "import type { Kind } from '../../api/kind.ts';",
    want: ['src/kube/writes/act.ts imports ../../api/kind.ts'],
  },
  'a re-export and an import over several lines count': {
    path: 'src/metrics/rows.ts',
    source: "export { a } from '../controllers/service.ts';\nimport {\n  b,\n} from '../cli/x.ts';",
    want: ['src/metrics/rows.ts imports ../controllers/service.ts', 'src/metrics/rows.ts imports ../cli/x.ts'],
  },
  'a dynamic import counts': {
    path: 'src/kube/writes/act.ts',
    source: "const api = await import('../../api/index.ts');",
    want: ['src/kube/writes/act.ts imports ../../api/index.ts'],
  },
  'a package stays at home': {
    path: 'src/core/view/table.ts',
    source: "import { stringify } from 'yaml';",
    want: ['src/core/view/table.ts imports yaml'],
  },
  'an import for its side effects counts': {
    path: 'src/api/index.ts',
    source: "import '../core/register.ts';",
    want: ['src/api/index.ts imports ../core/register.ts'],
  },
  'text that looks like an import is not one': {
    path: 'src/api/index.ts',
    source: "export const text = `changed from 'a' to 'b'`;\nexport type From = { from: 'yaml' };",
    want: [],
  },
  'a package without a home is refused': {
    path: 'src/kube/writes/act.ts',
    source: "import chalk from 'chalk';",
    want: ['src/kube/writes/act.ts imports chalk'],
  },
  'a package of a scope is at home where the scope is': {
    path: 'src/aws/eks.ts',
    source: "import { EKS } from '@aws-sdk/client-eks';",
    want: [],
  },
  'types of a package may go where its values may not': {
    path: 'src/api/meta.ts',
    source: "import type { V1Pod } from '@kubernetes/client-node';",
    want: [],
  },
  'values of a package may not go where its types may': {
    path: 'src/api/meta.ts',
    source: "import { V1Pod } from '@kubernetes/client-node';",
    want: ['src/api/meta.ts imports @kubernetes/client-node'],
  },
  'core does without Node': {
    path: 'src/core/task/id.ts',
    source: "import { createHash } from 'node:crypto';",
    want: ['src/core/task/id.ts imports node:crypto'],
  },
  'core does not wait': {
    path: 'src/core/task/id.ts',
    source: 'export async function f() {}',
    want: ['src/core/task/id.ts: core neither waits nor knows that others do'],
  },
  'core does not look at the clock': {
    path: 'src/core/task/id.ts',
    source: 'const now = Date.now();',
    want: ['src/core/task/id.ts: core is told the time', 'src/core/task/id.ts: only base/clock.ts reads the time'],
  },
  'core does not log': {
    path: 'src/core/task/id.ts',
    source: 'console.log(`${Math.random()}`);',
    want: ['src/core/task/id.ts: core is told its ids', 'src/core/task/id.ts: core has no surroundings'],
  },
  'words in comments and texts are not code': {
    path: 'src/core/task/id.ts',
    source: '// await the Promise\n/* process.env */\nconst why = \'async\';\nconst not = "console.log";',
    want: [],
  },
  'a timer outside the clock is refused': {
    path: 'src/kube/queue/queue.ts',
    source: 'setTimeout(next, 5);',
    want: ['src/kube/queue/queue.ts: only base/clock.ts sets timers'],
  },
  'the clock may set timers': { path: 'src/base/clock.ts', source: 'setTimeout(next, Date.now());', want: [] },
  'the environment is read in one place': {
    path: 'src/main.ts',
    source: "import { a } from './kube/a.ts';\nconst debug = process.env['DEBUG'];",
    want: ['src/main.ts: only config.ts reads the environment'],
  },
  'a default export is refused': {
    path: 'src/base/hash.ts',
    source: 'export default 1;',
    want: ['src/base/hash.ts: exports have names'],
  },
  'a file of more than 400 lines is refused': {
    path: 'src/base/hash.ts',
    source: '\n'.repeat(401),
    want: ['src/base/hash.ts has more than 400 lines'],
  },
};

describe('The architecture', () => {
  const root = join(import.meta.dirname, '..');
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ path: `src/${name}`, source: readFileSync(join(root, 'src', name), 'utf8') }));

  for (const layer of new Set(files.map(({ path }) => layerOf(path)))) {
    it(`${layer ?? 'a file in no layer'} keeps to its place`, () => {
      const own = files.filter(({ path }) => layerOf(path) === layer);
      assert.deepEqual(own.flatMap(departures), []);
    });
  }

  describe('as it is checked', () => {
    for (const [sentence, { path, source, want }] of Object.entries(cases)) {
      it(sentence, () => {
        assert.deepEqual(departures({ path, source }), want);
      });
    }
  });
});
