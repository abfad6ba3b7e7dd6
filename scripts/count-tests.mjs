// Prints "N passed, N failed" for the JSON that vitest wrote to a file; a run that wrote none failed.
import { readFileSync } from "node:fs";

let passed = 0;
let failed = 0;
try {
  const { testResults, numPassedTests, numFailedTests } = JSON.parse(
    readFileSync(process.argv[2], "utf8"),
  );
  passed = numPassedTests;
  // A file that could not even be loaded has no tests to count.
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((one) => one.status === "failed"),
  );
  failed = numFailedTests + broken.length;
} catch {
  failed = 1;
}
// Whatever the tests say, a run that ended badly did not pass.
if (process.argv[3] !== "0" && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
