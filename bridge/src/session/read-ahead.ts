/**
 * Items in their order, the next one loaded while one is being worked on.
 * @returns of each what it becomes, or why it doesn't
 */
export async function* readAhead<Item, Loaded>(
  items: readonly Item[],
  load: (item: Item) => Promise<Loaded>,
): AsyncGenerator<{ readonly item: Item; readonly loading: Promise<Loaded> }> {
  const start = (item: Item) => {
    const loading = load(item);
    // Whoever takes it is told; nobody may be there any more to take it.
    loading.catch(() => undefined);
    return { item, loading };
  };
  let next: ReturnType<typeof start> | undefined;
  for (const [at, item] of items.entries()) {
    const current = next ?? start(item);
    await current.loading.catch(() => undefined);
    const following = items.slice(at + 1, at + 2);
    next = following.map(start)[0];
    yield current;
  }
}
