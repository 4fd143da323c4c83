import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { scaleInBy } from '../../src/core/placement/scale-in.ts';
import { lowerBound, planRolling, upperBound, type RollingBounds } from '../../src/core/service/rolling.ts';
import { auditViolations } from './audit-check.ts';
import { AuditScript, other } from './audit-script.ts';

const staleMs = 3_000;
/** A reconcile takes some time too. */
const longestLagMs = 2_000;
const nodeLossMs = 20_000;
const nodes = ['a', 'b', 'c'] as const;

interface SimulatedTask {
  readonly launch: number;
  readonly generation: number;
  readonly node: string;
  readyMs?: number;
  /** By somebody else, or by itself. */
  endedMs?: number;
  stoppedByOperator?: true;
}

/** An operator that keeps to its bounds as far as it can know, and others who do as they like; with their audit log. */
class Simulation {
  readonly log = new AuditScript();
  readonly #tasks: SimulatedTask[] = [];
  readonly #specs: { readonly fromMs: number; readonly bounds: RollingBounds }[] = [];
  /** Since when each node was Ready (undefined), or not, as its condition tells it. */
  readonly #readiness: { readonly node: string; readonly fromMs: number; readonly silentMs: number | undefined }[] = [];
  /** What the operator takes for its bounds. */
  readonly #widen: number;
  #generation = 0;

  constructor(bounds: RollingBounds, widen: number) {
    this.#widen = widen;
    this.log.service(bounds.desiredCount, bounds.minimumHealthyPercent, bounds.maximumPercent);
    this.#specs.push({ fromMs: 0, bounds });
  }

  scale(desiredCount: number): void {
    this.log.ask('patch ecsservices/scale web', { spec: { replicas: desiredCount } }, { agent: other });
    const bounds = { ...(this.#specs.at(-1)?.bounds as RollingBounds), desiredCount };
    this.#specs.push({ fromMs: this.log.nowMs, bounds });
  }

  deploy(): void {
    this.#generation++;
  }

  /** A node falls silent, or is back. */
  turn(pick: number, isReady: boolean): void {
    const node = nodes[pick % nodes.length] ?? '';
    this.log.ready(node, isReady ? 'True' : 'Unknown');
    const fromMs = this.log.nowMs;
    this.#readiness.push({ node, fromMs, silentMs: isReady ? undefined : Math.floor(fromMs / 1000) * 1000 });
  }

  /** Whether the operator takes the node for lost, which knows what was until then. */
  #isLost(node: string, knownMs: number): boolean {
    const last = this.#readiness.findLast((each) => each.node === node && each.fromMs <= knownMs);
    return last?.silentMs !== undefined && last.silentMs + nodeLossMs <= this.log.nowMs;
  }

  allReady(): void {
    for (const task of this.#tasks.filter((each) => isLive(each) && each.readyMs === undefined)) {
      this.log.status([task.launch]);
      task.readyMs = this.log.nowMs;
    }
  }

  /** One of the live tasks ends. */
  end(pick: number, how: 'stop' | 'fail'): void {
    const live = this.#tasks.filter(isLive);
    const task = live[pick % live.length];
    if (!task) return;
    if (how === 'stop') this.log.stop([task.launch], { agent: other });
    else this.log.fail(task.launch);
    task.endedMs = this.log.nowMs;
  }

  /** The operator looks, at what others did up to so many ms ago, and acts. */
  reconcile(lagMs: number): void {
    const knownMs = this.log.nowMs - lagMs;
    const bounds = this.#specs.findLast(({ fromMs }) => fromMs <= knownMs)?.bounds;
    if (!bounds) return;
    const seen = this.#tasks.filter(
      ({ stoppedByOperator, endedMs, node }) =>
        stoppedByOperator === undefined && !isBy(endedMs, knownMs) && !this.#isLost(node, knownMs),
    );
    const live = seen.map(({ launch, generation, readyMs }) => ({
      id: String(launch),
      isNew: generation === this.#generation,
      isRunning: isBy(readyMs, knownMs),
      isHealthy: isBy(readyMs, knownMs),
      isLeaving: false,
      isCutOff: false,
      node: undefined,
    }));
    const { start, stop } = planRolling({ ...bounds, scaleIn: scaleInBy([], () => undefined) }, live);
    const further = live.some(({ isNew }) => !isNew) ? this.#widen : 0;
    this.#start(start + further);
    for (const id of stop) this.#stop(Number(id));
    // It goes too far on purpose, when it is told to.
    for (const { id } of live.filter((each) => !stop.includes(each.id)).slice(0, further)) this.#stop(Number(id));
  }

  #start(count: number): void {
    for (let index = 0; index < count; index++) {
      const launch = this.#tasks.length + 1;
      const node = nodes[launch % nodes.length] ?? '';
      this.log.start([launch]).bind([launch], node);
      this.#tasks.push({ launch, generation: this.#generation, node });
    }
  }

  #stop(launch: number): void {
    this.log.stop([launch]);
    const task = this.#tasks[launch - 1];
    if (task) task.stoppedByOperator = true;
  }
}

function isBy(atMs: number | undefined, byMs: number): boolean {
  return atMs !== undefined && atMs <= byMs;
}

function isLive({ endedMs, stoppedByOperator }: SimulatedTask): boolean {
  return endedMs === undefined && stoppedByOperator === undefined;
}

const anyBounds = fc.record({
  desiredCount: fc.integer({ min: 0, max: 8 }),
  minimumHealthyPercent: fc.integer({ min: 0, max: 100 }),
  maximumPercent: fc.integer({ min: 100, max: 200 }),
});
const anyStep = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.integer({ min: 0, max: longestLagMs }).map((lagMs) => (s: Simulation) => s.reconcile(lagMs)),
  },
  { weight: 4, arbitrary: fc.constant((s: Simulation) => s.allReady()) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 6_000 }).map((ms) => (s: Simulation) => void s.log.pass(ms)) },
  { weight: 2, arbitrary: fc.nat().map((pick) => (s: Simulation) => s.end(pick, 'stop')) },
  { weight: 1, arbitrary: fc.nat().map((pick) => (s: Simulation) => s.end(pick, 'fail')) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 8 }).map((count) => (s: Simulation) => s.scale(count)) },
  { weight: 2, arbitrary: fc.constant((s: Simulation) => s.deploy()) },
  { weight: 1, arbitrary: fc.constant((s: Simulation) => void s.log.pass(nodeLossMs)) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(), fc.boolean()).map(
      ([pick, isReady]) =>
        (s: Simulation) =>
          s.turn(pick, isReady),
    ),
  },
);

describe('auditViolations of the bounds', () => {
  it('has nothing against an operator that keeps to them as far as it can know', () => {
    fc.assert(
      fc.property(anyBounds, fc.array(anyStep, { maxLength: 40 }), (bounds, steps) => {
        const simulation = new Simulation(bounds, 0);
        for (const step of steps) step(simulation);
        assert.deepEqual(auditViolations(simulation.log.entries, { staleMs, nodeLossMs }), []);
      }),
      { numRuns: 300 },
    );
  });

  it('finds an operator that goes one task too far in a deployment', () => {
    fc.assert(
      fc.property(anyBounds, (bounds) => {
        const atLimit = lowerBound(bounds) > 0 || upperBound(bounds) < 2 * bounds.desiredCount;
        fc.pre(bounds.desiredCount > 0 && atLimit);
        const simulation = new Simulation(bounds, 1);
        simulation.reconcile(0);
        simulation.allReady();
        simulation.log.pass(60_000);
        simulation.deploy();
        simulation.reconcile(0);
        assert.notDeepEqual(auditViolations(simulation.log.entries, { staleMs, nodeLossMs }), []);
      }),
      { numRuns: 100 },
    );
  });
});
