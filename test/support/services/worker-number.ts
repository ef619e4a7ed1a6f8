/**
 * Number of vitest's worker, from 1 on: no two files that run at the same time have the same. Processes that a test
 * starts have their worker's; 0 outside of a test.
 */
export function workerNumber(): number {
  return Number(process.env['VITEST_POOL_ID'] ?? 0);
}
