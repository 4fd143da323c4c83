import type { IncomingHttpHeaders } from 'node:http';

/** A request as the API server's audit log would call it. */
export interface Called {
  /** get, list, watch, create, update, patch, delete or deletecollection. */
  readonly verb: string;
  /** Plural; empty for what is no resource, such as `/version`. */
  readonly resource: string;
  /** Empty when there is none. */
  readonly subresource: string;
  readonly namespace: string;
  /** Of the path, or of the body of a create. */
  readonly name: string;
}

/** A request that has arrived at the proxy. */
export interface ProxiedRequest extends Called {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** As it came. */
  readonly body: Buffer;
}

/** Which requests are meant: those that are equal in every member given, and of which `where` holds. */
export interface Matcher extends Partial<Called> {
  readonly where?: (request: ProxiedRequest) => boolean;
}

const members = ['verb', 'resource', 'subresource', 'namespace', 'name'] as const;

export function isMeant({ where, ...wanted }: Matcher, request: ProxiedRequest): boolean {
  return isCalled(wanted, request) && (where?.(request) ?? true);
}

export function isCalled(wanted: Partial<Called>, called: Called): boolean {
  return members.every((member) => wanted[member] === undefined || wanted[member] === called[member]);
}

/** What a request is, from its first line and its body. */
export function readRequest(line: {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}): ProxiedRequest {
  const { pathname, searchParams: query } = new URL(line.url, 'http://proxy');
  const place = placeOf(pathname);
  const verb = verbOf(line.method, place.name, query);
  const name = verb === 'create' && place.name === '' ? nameIn(line.body) : place.name;
  const { method, url: path, headers, body } = line;
  return { ...place, verb, name, method, path, query, headers, body };
}

/** A namespace is an object too, with subresources of its own. */
const pathPattern = new RegExp(
  '^/(?:api|apis/[^/]+)/[^/]+(?:/namespaces/(?<namespace>[^/]+)(?=/(?!status$|finalize$)))?' +
    '/(?<resource>[^/]+)(?:/(?<name>[^/]+)(?:/(?<subresource>.+))?)?$',
);

function placeOf(path: string): Omit<Called, 'verb'> {
  const { namespace = '', resource = '', name = '', subresource = '' } = pathPattern.exec(path)?.groups ?? {};
  return { resource, subresource, namespace, name: decodeURIComponent(name) };
}

function verbOf(method: string, name: string, query: URLSearchParams): string {
  switch (method) {
    case 'GET':
      if (query.get('watch') === 'true') return 'watch';
      return name === '' ? 'list' : 'get';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'DELETE':
      return name === '' ? 'deletecollection' : 'delete';
    default:
      return method.toLowerCase();
  }
}

function nameIn(body: Buffer): string {
  try {
    const { metadata } = JSON.parse(body.toString('utf8')) as { readonly metadata?: { readonly name?: string } };
    return metadata?.name ?? '';
  } catch {
    return '';
  }
}
