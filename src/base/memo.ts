/**
 * A function that remembers its results by the identity of its argument, for as long as the argument lives. Stores hand
 * out the same object until it changes, so what is computed from one object is computed once.
 */
export function memo<Key extends object, Value>(compute: (key: Key) => Value): (key: Key) => Value {
  const values = new WeakMap<Key, { readonly value: Value }>();
  return (key) => {
    const known = values.get(key);
    if (known) return known.value;
    const value = compute(key);
    values.set(key, { value });
    return value;
  };
}
