/**
 * Runs tasks with at most `inFlightMax` under way and hands their results on in the order of the tasks, one at a
 * time: a slow consumer holds the tasks back, so memory stays bounded.
 *
 * When anything fails no further task is started; it resolves or rejects only after all of them have ended.
 */
export async function inOrder<Task, Result>(options: {
  readonly tasks: Iterable<Task>;
  readonly inFlightMax: number;
  /** So many may be under way whatever they weigh. */
  readonly inFlightMin?: number;
  /** Further bound: what all tasks under way may weigh together. */
  readonly weight?: { readonly of: (task: Task) => number; readonly max: number };
  readonly start: (task: Task) => Promise<Result>;
  /** @returns false to stop early. */
  readonly finish: (task: Task, result: Result) => Promise<boolean>;
  /** Called when it stops early or fails, so that tasks under way end soon. */
  readonly onStop: () => void;
}): Promise<void> {
  const underWay: { readonly task: Task; readonly result: Promise<Result> }[] = [];
  const tasks = options.tasks[Symbol.iterator]();
  let exhausted = false;
  let weight = 0;
  const weightOf = (task: Task) => options.weight?.of(task) ?? 0;
  const hasRoom = () =>
    underWay.length < (options.inFlightMin ?? 0) ||
    (underWay.length < options.inFlightMax && weight <= (options.weight?.max ?? 0));
  try {
    for (;;) {
      while (!exhausted && hasRoom()) {
        const next = tasks.next();
        exhausted = next.done === true;
        if (next.done === true) break;
        weight += weightOf(next.value);
        underWay.push({ task: next.value, result: started(options.start, next.value) });
      }
      const oldest = underWay[0];
      if (oldest === undefined) return;
      const result = await oldest.result;
      underWay.shift();
      weight -= weightOf(oldest.task);
      if (!(await options.finish(oldest.task, result))) return;
    }
  } finally {
    if (underWay.length > 0) options.onStop();
    await Promise.allSettled(underWay.map(({ result }) => result));
  }
}

/** A task may fail while an older one is awaited: the failure is kept for its turn, not reported as unhandled. */
function started<Task, Result>(start: (task: Task) => Promise<Result>, task: Task): Promise<Result> {
  const result = start(task);
  result.catch(() => undefined);
  return result;
}
