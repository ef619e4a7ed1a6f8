import { execFileSync } from 'node:child_process';
import { basename, dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readRepositoryFile, REPOSITORY, repositoryFiles } from './support/repository.ts';

/** The rules of the house that no linter knows. Each test lists the places that break one. */

const SRC_LINES_MAX = 200;
const SELF = 'test/tidy.test.ts';
/** What the package exports. */
const PUBLIC_FACES = ['src/index.ts', 'src/client.ts'];

const files = repositoryFiles();
const text = files.filter((path) => /\.(ts|mjs|cjs|js|json|md|ya?ml|sql|xml|sh|properties)$/.test(path));
const code = text.filter((path) => /\.(ts|mjs|cjs|js)$/.test(path));
const src = code.filter((path) => path.startsWith('src/'));

interface LockEntry {
  readonly resolved?: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

const lock = JSON.parse(readRepositoryFile('package-lock.json')) as { packages: Record<string, LockEntry> };

interface Line {
  readonly path: string;
  readonly number: number;
  readonly content: string;
}

function lines(paths: readonly string[]): Line[] {
  return paths
    .filter((path) => path !== SELF && path !== 'package-lock.json')
    .flatMap((path) =>
      readRepositoryFile(path)
        .split('\n')
        .map((content, index) => ({ path, number: index + 1, content })),
    );
}

/** `path:line` of every line that matches. */
function places(paths: readonly string[], pattern: RegExp): string[] {
  return lines(paths)
    .filter(({ content }) => pattern.test(content))
    .map(({ path, number }) => `${path}:${number}`);
}

describe('files', () => {
  test(`no source file is longer than ${SRC_LINES_MAX} lines`, () => {
    const long = src
      .map((path) => ({ path, count: readRepositoryFile(path).split('\n').length - 1 }))
      .filter(({ count }) => count > SRC_LINES_MAX);
    expect(long).toEqual([]);
  });

  test('no file or folder has a name that says nothing', () => {
    const vague = /^(utils?|helpers?|common|lib|libs|misc|shared|types|interfaces|index)$/;
    const named = files
      .filter((path) => path !== 'src/index.ts')
      .filter((path) => path.split('/').some((part) => vague.test(part.replace(/\.[\w.]+$/, ''))));
    expect(named).toEqual([]);
  });

  test('no file only passes on what other files export', () => {
    const barrels = src
      .filter((path) => !PUBLIC_FACES.includes(path))
      .filter((path) => /^export (\*|\{[^}]*\}) from /m.test(readRepositoryFile(path)))
      .filter(
        (path) =>
          !/^(export )?(async )?(function|const|class|interface|type) /m.test(readRepositoryFile(path)),
      );
    expect(barrels).toEqual([]);
  });

  test('nothing is exported as default but what a tool asks for', () => {
    const asked = /(\.config\.(ts|js)|\/vitest-global\.ts)$/;
    expect(
      places(
        code.filter((path) => !asked.test(path)),
        /^export default /,
      ),
    ).toEqual([]);
  });

  test('every test says by its suffix which services it needs', () => {
    const tests = code.filter((path) => path.startsWith('test/') && path.endsWith('.test.ts'));
    const unsaid = tests.filter((path) => {
      const uses = /services\/services\.ts'|services\/fresh\.ts'/.test(readRepositoryFile(path));
      return uses && !/\.(pg|kafka|s3)\.test\.ts$/.test(path);
    });
    expect(unsaid).toEqual([]);
  });
});

describe('code', () => {
  test('operators and nouns never ask the wall clock', () => {
    const timeless = src.filter((path) => /^src\/(streams|model)\//.test(path));
    expect(places(timeless, /\bDate\.now\(|new Date\(\)|performance\.now\(|process\.hrtime/)).toEqual([]);
  });

  test('the product prints only through the command line', () => {
    expect(places(src, /\bconsole\.\w+\(/)).toEqual([]);
    const mute = src.filter((path) => !path.startsWith('src/cli/'));
    expect(places(mute, /process\.(stdout|stderr)/)).toEqual([]);
  });

  test('nothing is left for later', () => {
    expect(places(text, /\b(TODO|FIXME|XXX|HACK)\b/)).toEqual([]);
  });

  test('no test is skipped, singled out or planned', () => {
    const tests = code.filter((path) => path.startsWith('test/'));
    expect(places(tests, /\b(test|it|describe|suite|bench)\.(skip|only|todo|fails|skipIf|runIf)\b/)).toEqual(
      [],
    );
    expect(places(tests, /\b(xit|xdescribe|xtest|fit|fdescribe)\(/)).toEqual([]);
    expect(places(tests, /\bretry:\s*[1-9]/)).toEqual([]);
  });

  test('the checks are not switched off', () => {
    expect(places(code, /@ts-(ignore|nocheck)|eslint-disable(?!-next-line [@\w/-]+ -- )/)).toEqual([]);
  });
});

describe('packages', () => {
  test('every name imported from a package exists for plain Node', () => {
    // Node reads the names of CommonJS packages off their text; test runners and tsx are more generous.
    const wanted = src.flatMap((path) =>
      [...readRepositoryFile(path).matchAll(/^import \{([^}]*)\} from '([^.'][^']*)';/gm)].flatMap(
        ([, names = '', specifier = '']) =>
          names
            .split(',')
            .map((name) => name.trim().replace(/ as .*/, ''))
            .filter((name) => name !== '')
            .map((name) => ({ path, specifier, name })),
      ),
    );
    const script = `
      const wanted = JSON.parse(process.argv[1]);
      const missing = [];
      for (const { path, specifier, name } of wanted) {
        if (!(name in (await import(specifier)))) missing.push(path + ': ' + specifier + ' has no ' + name);
      }
      process.stdout.write(JSON.stringify(missing));`;
    const args = ['--input-type=module', '-e', script, JSON.stringify(wanted)];
    const found = execFileSync(process.execPath, args, { cwd: REPOSITORY, encoding: 'utf8' });
    expect(JSON.parse(found)).toEqual([]);
  });
});

describe('what a clone must not contain', () => {
  test('no path of the machine it was written on', () => {
    expect(
      places(
        text,
        /\/work\/(main|shared|\.)|\/root\/|\/tmp\/(briefs|tidemark-services)|\/home\/(?!tidemark)\w/,
      ),
    ).toEqual([]);
  });

  test('no registry host and no credential', () => {
    expect(
      places(text, /registry\.(npmjs|yarnpkg)|_authToken|npm_[A-Za-z0-9]{30}|BEGIN [A-Z ]*PRIVATE KEY/),
    ).toEqual([]);
    const resolved = Object.keys(lock.packages).filter((path) => lock.packages[path]?.resolved !== undefined);
    expect(resolved).toEqual([]);
  });
});

describe('package-lock.json', () => {
  // `npm install` forgives what a registry does not have; `npm ci` in a clone does not.
  test('holds every package that another one in it needs', () => {
    const missing = Object.entries(lock.packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies })
        .filter(
          (name) => !foldersAbove(path).some((folder) => `${folder}node_modules/${name}` in lock.packages),
        )
        .map((name) => `${path} needs ${name}`),
    );
    expect(missing).toEqual([]);
  });

  test('asks for the same versions as package.json', () => {
    const manifest = JSON.parse(readRepositoryFile('package.json')) as LockEntry;
    expect(lock.packages['']?.dependencies).toEqual(manifest.dependencies);
    expect(lock.packages['']?.devDependencies).toEqual(manifest.devDependencies);
  });

  /** `a/node_modules/b` → `a/node_modules/b/`, `a/`, ``: where Node looks for a package. */
  function foldersAbove(path: string): string[] {
    if (path === '') return [''];
    const parent = path.slice(0, path.lastIndexOf('node_modules/'));
    return [`${path}/`, ...(parent === '' ? [''] : foldersAbove(parent.slice(0, -1)))];
  }
});

describe('documents', () => {
  test('every document that is named exists', () => {
    const known = new Set(files);
    const names = new Set(files.map((path) => basename(path)));
    const folders = new Set(files.map((path) => path.split('/')[0]));
    const missing = lines(text).flatMap(({ path, number, content }) =>
      [...content.matchAll(/\b(?:[\w.-]+\/)*[\w-]+\.md\b/g)]
        .map(([name]) => name)
        .filter((name) => !name.includes('/') || folders.has(name.split('/')[0] ?? ''))
        .filter((name) => !known.has(name) && !known.has(join(dirname(path), name)) && !names.has(name))
        .map((name) => `${path}:${number} names ${name}`),
    );
    expect(missing).toEqual([]);
  });

  test('every relative link leads somewhere', () => {
    const known = new Set([...files, ...files.map((path) => dirname(path))]);
    const pages = files.filter((path) => path.endsWith('.md'));
    const dead = lines(pages).flatMap(({ path, number, content }) =>
      [...content.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)]
        .map((match) => normalize(join(dirname(path), match[1] ?? '')).replace(/\/$/, ''))
        .filter((target) => !known.has(target))
        .map((target) => `${path}:${number} → ${target}`),
    );
    expect(dead).toEqual([]);
  });

  const inCode = src
    .filter((path) => path !== 'src/base/failpoint.ts')
    .flatMap((path) => [
      ...readRepositoryFile(path).matchAll(/\b(?:failpoint\(\s*|\w*[fF]ailpoint: )'([^']+)'/g),
    ])
    .map((match) => match[1]!);

  test('every failpoint has a test that kills a running command there', () => {
    const kills = code
      .filter((path) => /^test\/.*\.(kafka|pg|s3)\.test\.ts$/.test(path))
      .map(readRepositoryFile)
      .join('\n');
    expect(inCode.filter((name) => !new RegExp(`'${name}('|=kill)`).test(kills))).toEqual([]);
  });

  test('docs/reliability.md lists every failpoint, and no other', () => {
    const listed = [...readRepositoryFile('docs/reliability.md').matchAll(/^\| `([\w-]+:[\w.-]+)` \|/gm)];
    expect(listed.map((match) => match[1]).sort()).toEqual([...new Set(inCode)].sort());
  });

  test('every decision has its number once and stands in the index', () => {
    const decisions = files.filter((path) => /^docs\/decisions\/\d{4}-.+\.md$/.test(path));
    const numbers = decisions.map((path) => basename(path).slice(0, 4));
    expect(numbers).toEqual([...new Set(numbers)]);
    const index = readRepositoryFile('docs/decisions/README.md');
    expect(decisions.filter((path) => !index.includes(`(${basename(path)})`))).toEqual([]);
  });
});
