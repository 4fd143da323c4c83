/** The object with those of its members only. */
export function pick<T extends object, Name extends keyof T>(object: T, ...names: readonly Name[]): Pick<T, Name> {
  const kept: Partial<Pick<T, Name>> = {};
  for (const name of names) if (name in object) kept[name] = object[name];
  return kept as Pick<T, Name>;
}
