import { Random } from '../support/seed.ts';
import { ArchiveProcess } from './archive-process.ts';
import type { Ending } from './archive-process.ts';
import { Life } from './life.ts';
import type { Fate, Plan } from './life.ts';
import { World } from './world.ts';

export interface SimulationResult {
  readonly lives: number;
  readonly fates: ReadonlyMap<Fate | Ending, number>;
  /** Steps before which or after which some process was struck. */
  readonly struckAt: ReadonlySet<string>;
  readonly lateRows: number;
  readonly earlyParts: number;
}

const FATES: readonly Fate[] = ['kill', 'kill', 'kill', 'stop', 'stop', 'revoke', 'drain'];
/** Lives that are struck in each partition; the ones after them run to the end. */
const STRUCK_LIVES_MAX = 8;
const STEPS_MAX = 40;

/**
 * One world, its partitions at the same time, process after process until every log is archived. Deterministic:
 * nothing but microtasks runs, and every choice comes from the seed.
 *
 * @throws what a check of the world finds wrong.
 */
export async function simulate(seed: number): Promise<SimulationResult> {
  const random = new Random(seed);
  const world = new World(random);
  const tally = new Tally();
  await Promise.all(world.logs.map((_, partition) => livePartition({ world, partition, random, tally })));
  // A process that only starts: it brings the row in Postgres up to what was committed last.
  await Promise.all(
    world.logs.map((_, partition) =>
      new ArchiveProcess({ world, partition, life: new Life(null), random }).catchUp(),
    ),
  );
  world.checkEnd();
  return tally.result(world);
}

async function livePartition(partition: {
  world: World;
  partition: number;
  random: Random;
  tally: Tally;
}): Promise<void> {
  const { world, random, tally } = partition;
  const zombies = new Map<Life, Promise<Ending>>();
  for (let lives = 0; ; lives++) {
    const plan = lives < STRUCK_LIVES_MAX ? randomPlan(random) : null;
    const life = new Life(plan);
    const process = new ArchiveProcess({ ...partition, life });
    for (const zombie of zombies.keys()) {
      if (random.chance(0.7)) life.atStep(random.between(1, STEPS_MAX), () => zombie.resume());
    }
    const running = process.run();
    const outcome = await Promise.race([running, life.struck]);
    tally.count(outcome, life);
    if (outcome === 'revoke') await process.revoke();
    if (outcome === 'drain') await process.drain();
    if (outcome === 'revoke' || outcome === 'drain') tally.count(await running, life);
    if (outcome === 'stop') zombies.set(life, running);
    world.checkLife();
    if (outcome === 'finished') break;
  }
  for (const [zombie, ended] of zombies) {
    zombie.resume();
    tally.count(await ended, zombie);
  }
  world.checkLife();
}

function randomPlan(random: Random): Plan {
  return { fate: random.pick(FATES), atStep: random.between(1, STEPS_MAX) };
}

/** What a run went through, so that the suite can tell that every fault was met. */
class Tally {
  readonly #fates = new Map<Fate | Ending, number>();
  readonly #struckAt = new Set<string>();
  #lives = 0;

  count(outcome: Fate | Ending, life: Life): void {
    this.#fates.set(outcome, (this.#fates.get(outcome) ?? 0) + 1);
    const at = life.trace.findIndex((step) => step === outcome.toUpperCase());
    if (at > 0) this.#struckAt.add(`${outcome} at: ${life.trace[at - 1]!}`);
    this.#lives++;
  }

  result(world: World): SimulationResult {
    const seals = world.group.flatMap(({ commits }) => commits.flatMap(({ unit }) => unit.seals));
    const received = (kind: string) => seals.filter((seal) => seal.kind === kind);
    return {
      lives: this.#lives,
      fates: this.#fates,
      struckAt: this.#struckAt,
      lateRows: received('late').reduce((sum, seal) => sum + seal.received, 0),
      earlyParts: received('early').length,
    };
  }
}
