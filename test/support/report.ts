/** A figure that a test measures but does not judge: how fast the machine is right now is no behaviour. */
export function report(line: string): void {
  console.info(line);
}
