/**
 * Runs `task` over `items`, at most `limit` at once, in order of start. Waits for all; the results keep the order of
 * `items`, and a failure is a value, so that one does not hide the others.
 */
export async function settleAll<T, R>(
  items: readonly T[],
  limit: number,
  task: (item: T) => Promise<R>,
): Promise<PromiseSettledResult<R>[]> {
  const results: PromiseSettledResult<R>[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      results[index] = await settle(task, items[index] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

async function settle<T, R>(task: (item: T) => Promise<R>, item: T): Promise<PromiseSettledResult<R>> {
  try {
    return { status: 'fulfilled', value: await task(item) };
  } catch (reason) {
    return { status: 'rejected', reason };
  }
}
