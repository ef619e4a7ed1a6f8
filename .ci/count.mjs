/**
 * Prints `N passed, N failed` from vitest's JSON report.
 *
 *   node .ci/count.mjs REPORT EXIT_STATUS
 *
 * A file that fails to load counts as one failed test, and so does a run that ended badly without saying why.
 */
import { readFileSync } from 'node:fs';

const [reportPath, exitStatus] = process.argv.slice(2);
const report = readReport();
const brokenFiles = report.testResults.filter(
  (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
);
let failed = report.numFailedTests + brokenFiles.length;
if (failed === 0 && (exitStatus !== '0' || report.numPassedTests === 0)) failed = 1;
console.log(`${report.numPassedTests} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** What vitest wrote, or an empty report when it did not get that far. */
function readReport() {
  try {
    return JSON.parse(readFileSync(reportPath, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, testResults: [] };
  }
}
