/** An expression of the cluster query language, as read (ECS Developer Guide, "Cluster query language"). */
export type Query =
  | { readonly kind: 'and' | 'or'; readonly left: Query; readonly right: Query }
  | { readonly kind: 'not'; readonly query: Query }
  | Term;

/** One comparison. */
export interface Term {
  readonly kind: 'term';
  readonly subject: Subject;
  readonly operator: Operator;
  /** One, or those of a list; none for `exists`. */
  readonly values: readonly string[];
}

/** What is compared. ECS has agentVersion too, which no node of Kubernetes has: it does not parse. */
export type Subject =
  | { readonly kind: 'attribute'; readonly name: string }
  | { readonly kind: 'agentConnected' | 'ec2InstanceId' | 'registeredAt' | 'runningTasksCount' }
  | { readonly kind: 'task:group' };

/** In their short form, however they were written. */
export type Operator = '==' | '!=' | '>' | '>=' | '<' | '<=' | 'exists' | '!exists' | 'in' | '!in' | '=~' | '!~';

/** As people write it. */
export function subjectText(subject: Subject): string {
  return subject.kind === 'attribute' ? `attribute:${subject.name}` : subject.kind;
}

/** The names of the attributes that a query asks for. */
export function attributesIn(query: Query): string[] {
  switch (query.kind) {
    case 'and':
    case 'or':
      return [...attributesIn(query.left), ...attributesIn(query.right)];
    case 'not':
      return attributesIn(query.query);
    case 'term':
      return query.subject.kind === 'attribute' ? [query.subject.name] : [];
  }
}
