import type { Difference } from '../api/difference.ts';
import type { Member } from '../api/members.ts';
import { paragraphs, table } from './markdown.ts';
import { code } from './phrases.ts';

/** A request of ECS's API, the kind of ours that stands for it, and what becomes of its members. */
export interface Request {
  readonly name: string;
  readonly kind: string;
  readonly members: readonly Member[];
}

/** The page that tells what becomes of each member of the requests that our kinds stand for. */
export function renderCompatibility(requests: readonly Request[]): string {
  const names = requests.map(({ name, kind }) => `${code(name)} (${kind})`).join(' and of ');
  return (
    paragraphs([
      '# ECS, member by member',
      '<!-- Generated from src/api by `npm run generate`. Change the schema or the table there, not this file. -->',
      `No member of ${names} is dropped in silence. Each is _honoured_; or _accepted_ with a difference, ` +
        'which the condition `DiffersFromECS` of the object names whenever it applies; or _refused_ when the ' +
        'object is applied, with the reason. What is below a refused member is refused with it.',
      ...requests.flatMap(({ name, members }) => [
        `## ${name}`,
        summary(members),
        table(['Member', 'Outcome', 'How, or why not'], members.map(row)),
      ]),
    ]) + '\n'
  );
}

function summary(members: readonly Member[]): string {
  const words = members.map(wordFor);
  const counts = ['honoured', 'accepted', 'refused'].map(
    (word) => `${String(words.filter((each) => each === word).length)} ${word}`,
  );
  return `Of ${String(members.length)} members: ${counts.join(', ')}.`;
}

function wordFor({ outcome }: Member): 'honoured' | 'accepted' | 'refused' {
  if (outcome.kind === 'refused') return 'refused';
  return outcome.differences.length > 0 ? 'accepted' : 'honoured';
}

function row(member: Member): readonly string[] {
  return [code(member.path), wordFor(member), sentences(member).replaceAll('|', '\\|')];
}

function sentences({ outcome }: Member): string {
  if (outcome.kind === 'refused') return outcome.why;
  const { how, differences } = outcome;
  return differences.length === 0 ? how : `${how}. **Differs:** ${differences.map(sentence).join('; ')}`;
}

/** One that depends on what else the definition says is marked: the condition tells when it applies. */
function sentence({ what, when }: Difference): string {
  return when ? `${what} _(not always)_` : what;
}
