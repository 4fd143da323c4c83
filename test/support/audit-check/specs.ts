import { bodyOf, doneMs, isJsonPatch, placeOf, receivedMs, resourceOf, succeeded, type AuditEntry } from './entries.ts';

/** Between how many healthy and how many live tasks a service's deployments keep. */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

/** What a service's spec asked for from some moment on. */
export interface SpecVersion {
  /** It was so not before, and by then at the latest. */
  readonly fromMs: number;
  readonly byMs: number;
  /** undefined once the service is gone, and of a DAEMON: what it has depends on nodes, which are judged elsewhere. */
  readonly bounds: Bounds | undefined;
}

type Members = Readonly<Record<string, unknown>>;

/** The specs of each service, by `namespace/name`, in order. */
export function specsOf(entries: readonly AuditEntry[]): ReadonlyMap<string, readonly SpecVersion[]> {
  const specs = new Map<string, Members>();
  const versions = new Map<string, SpecVersion[]>();
  for (const entry of entries.filter(isChange)) {
    const key = placeOf(entry);
    const next = entry.verb === 'delete' ? undefined : nextSpec(specs.get(key) ?? {}, entry);
    specs.set(key, next ?? {});
    const version = { fromMs: receivedMs(entry), byMs: doneMs(entry), bounds: next && boundsOf(next) };
    versions.set(key, [...(versions.get(key) ?? []), version]);
  }
  return versions;
}

function isChange(entry: AuditEntry): boolean {
  const isSpec = ['ecsservices', 'ecsservices/scale'].includes(resourceOf(entry));
  return isSpec && ['create', 'update', 'patch', 'delete'].includes(entry.verb) && succeeded(entry);
}

function nextSpec(spec: Members, entry: AuditEntry): Members {
  return resourceOf(entry) === 'ecsservices/scale' ? scaled(spec, entry) : changed(spec, entry);
}

function scaled(spec: Members, entry: AuditEntry): Members {
  const replicas = bodyOf(entry).spec?.['replicas'];
  return replicas === undefined ? spec : { ...spec, desiredCount: replicas };
}

function changed(spec: Members, entry: AuditEntry): Members {
  const { requestObject } = entry;
  if (entry.verb !== 'patch') return bodyOf(entry).spec ?? {};
  if (requestObject === undefined || !isJsonPatch(requestObject)) return merged(spec, bodyOf(entry).spec ?? {});
  return requestObject.reduce((before, { path, value }) => {
    const [root, ...members] = path.split('/').slice(1);
    return root === 'spec' ? merged(before, nested(members, value ?? null)) : before;
  }, spec);
}

/** `{a: {b: value}}`. */
function nested([member, ...rest]: readonly string[], value: unknown): Members {
  if (member === undefined) return value as Members;
  return { [member]: rest.length === 0 ? value : nested(rest, value) };
}

/** RFC 7386; an applied configuration reads the same as long as it only adds. */
function merged(before: Members, patch: Members): Members {
  const after: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete after[name];
    else after[name] = isRecord(value) ? merged(isRecord(after[name]) ? after[name] : {}, value) : value;
  }
  return after;
}

function isRecord(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** ECS: the healthy minimum is rounded up, the maximum down. */
function boundsOf(spec: Members): Bounds | undefined {
  if (spec['schedulingStrategy'] === 'DAEMON') return undefined;
  const { desiredCount = 1, deploymentConfiguration = {} } = spec as {
    readonly desiredCount?: number;
    readonly deploymentConfiguration?: { readonly minimumHealthyPercent?: number; readonly maximumPercent?: number };
  };
  const { minimumHealthyPercent = 100, maximumPercent = 200 } = deploymentConfiguration;
  return {
    lower: Math.ceil((desiredCount * minimumHealthyPercent) / 100),
    upper: Math.floor((desiredCount * maximumPercent) / 100),
  };
}
