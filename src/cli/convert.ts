import { text } from 'node:stream/consumers';
import { stringify } from 'yaml';
import { errorMessage } from '../base/errors.ts';
import { convert, InputError } from '../core/convert/convert.ts';
import { reportText } from '../core/convert/report.ts';

export interface Streams {
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly stdout: { readonly write: (text: string) => unknown };
  readonly stderr: { readonly write: (text: string) => unknown };
}

/**
 * Reads ECS's JSON, prints our resources as YAML on stdout and what became of every member on stderr.
 * @returns the exit code: 0, also when something is lost, or 2 for input that is none.
 */
export async function convertCommand({ stdin, stdout, stderr }: Streams): Promise<0 | 2> {
  try {
    const converted = convert(parse(await text(stdin)));
    stdout.write(converted.map(({ resource }) => manifest(resource)).join('---\n'));
    stderr.write(converted.map(reportText).join('\n'));
    return 0;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    stderr.write(`${error.message}\n`);
    return 2;
  }
}

/** kubectl reads YAML 1.1, in which `yes`, `on` and `12:30` are no texts: quoted, they are in both versions. */
function manifest(resource: object): string {
  return stringify(resource, { compat: 'yaml-1.1' });
}

function parse(input: string): unknown {
  try {
    return JSON.parse(input) as unknown;
  } catch (error) {
    throw new InputError(`The input is no JSON: ${errorMessage(error)}`, { cause: error });
  }
}
