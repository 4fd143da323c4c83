/** `{[name]: value}`, or nothing at all when the value is undefined. */
export function defined<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]: V });
}
