import type { Clock } from '../../base/clock.ts';
import { archivedBy } from '../../config/archived-by.ts';
import type { Config } from '../../config/config.ts';
import { computeCycleExplanation, computeExplanation } from './compute-explanation.ts';
import type { Explanation } from './explanation.ts';
import { gatherCycleFacts } from './gather-cycle-facts.ts';
import { gatherFacts } from './gather-facts.ts';

/** Why the watermark stands still, whoever moves it. */
export async function explainConfig(config: Config, clock: Clock): Promise<Explanation> {
  return archivedBy(config) === 'stream'
    ? computeExplanation(config.name, await gatherFacts(config, clock))
    : computeCycleExplanation(config.name, await gatherCycleFacts(config, clock));
}
