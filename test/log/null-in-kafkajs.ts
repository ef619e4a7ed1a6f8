/** What KafkaJS throws when it looks into metadata that no broker has answered, thrown at the path. */
export function nullInKafkaJs(path: string): TypeError {
  const error = new TypeError(
    "Cannot destructure property 'brokers' of '(intermediate value)' as it is null.",
  );
  error.stack = `TypeError: ${error.message}\n    at describeCluster (${path}:847:13)\n    at ask (/app/ask.js:1:1)`;
  return error;
}
