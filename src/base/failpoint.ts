/**
 * Named steps at which a test may let the process die, hang or fail. They exist only when the environment
 * variable TIDEMARK_FAILPOINTS asks for them: `name=kill`, `name=error`, `name=stop`, several joined by `,`;
 * `name=kill@3` acts on the third pass. `name=wait:5s` holds the thread that comes by for so long, each time:
 * a slow disk. docs/reliability.md lists them.
 */
const SPEC = process.env['TIDEMARK_FAILPOINTS'];

interface Armed {
  readonly action: 'kill' | 'error' | 'stop' | { readonly waitMs: number };
  remaining: number;
}

const armed = parse(SPEC);

function parse(spec: string | undefined): Map<string, Armed> | undefined {
  if (spec === undefined || spec === '') return undefined;
  const points = new Map<string, Armed>();
  for (const part of spec.split(',')) {
    const m = /^([\w:.-]+)=(?:(kill|error|stop)(?:@(\d+))?|wait:(\d+)s)$/.exec(part.trim());
    if (m === null) throw new Error(`TIDEMARK_FAILPOINTS: cannot read ${JSON.stringify(part)}`);
    const action =
      m[4] === undefined ? (m[2] as 'kill' | 'error' | 'stop') : { waitMs: Number(m[4]) * 1_000 };
    points.set(m[1]!, { action, remaining: Number(m[3] ?? 1) });
  }
  return points;
}

/** Does nothing unless the environment armed this step. */
export function failpoint(name: string): void {
  if (armed === undefined) return;
  const point = armed.get(name);
  if (point === undefined) return;
  if (typeof point.action === 'object') return wait(point.action.waitMs);
  if (--point.remaining !== 0) return;
  if (point.action === 'kill') process.kill(process.pid, 'SIGKILL');
  if (point.action === 'stop') process.kill(process.pid, 'SIGSTOP');
  if (point.action === 'error') throw new Error(`failpoint ${name}`);
}

function wait(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
