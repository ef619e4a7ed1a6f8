/** One object of Kubernetes as it is rendered. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}

/** Its class; what it validates is `this`. */
interface Model {
  readonly prototype: { readonly validate: (this: object) => void };
}

/** Where the schemas of an API group are: those of Kubernetes itself come with its own package. */
const PACKAGES: Readonly<Record<string, string>> = {
  'monitoring.coreos.com/v1': '@kubernetes-models/prometheus-operator',
  'keda.sh/v1alpha1': '@kubernetes-models/keda',
};

/**
 * What the API server would refuse, or drop in silence.
 *
 * The published schemas forbid no unknown key, and a mistyped one is what templates get wrong most easily. But their
 * validators, compiled to JavaScript, read every key that they know; so a key that was never read is an unknown one.
 */
export async function manifestProblems(manifest: Manifest): Promise<string[]> {
  const { apiVersion, kind } = manifest;
  const place = `${PACKAGES[apiVersion] ?? 'kubernetes-models'}/${apiVersion}/${kind}`;
  const models = (await import(place)) as Readonly<Record<string, Model>>;
  const read = new Set<string>();
  try {
    models[kind]!.prototype.validate.call(watched({ value: manifest, path: '', read }));
  } catch (error) {
    return [`${kind} ${manifest.metadata.name}: ${(error as Error).message}`];
  }
  return keysOf(manifest, '')
    .filter((path) => !read.has(path))
    .map((path) => `${kind} ${manifest.metadata.name}: unknown key ${path}`);
}

/** The same value, whose reading is noted. */
function watched(options: { value: object; path: string; read: Set<string> }): object {
  return new Proxy(options.value, {
    get: (target, key, receiver) => {
      const value: unknown = Reflect.get(target, key, receiver);
      if (typeof key === 'symbol') return value;
      const path = `${options.path}/${key}`;
      options.read.add(path);
      return typeof value === 'object' && value !== null
        ? watched({ value, path, read: options.read })
        : value;
    },
  });
}

/** Paths of all keys and indices of a value, from the outside in; below an unknown one nothing is listed. */
function keysOf(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [
    `${path}/${key}`,
    ...keysOf(child, `${path}/${key}`),
  ]);
}
