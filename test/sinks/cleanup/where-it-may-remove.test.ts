import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanableObject, readCleanupPrefixes } from '../../../src/sinks/cleanup/cleanup-prefixes.ts';
import { cleanableRoot } from '../../../src/sinks/cleanup/cleanup-roots.ts';
import { sourcePlace } from '../../../src/sinks/cleanup/source-place.ts';

const roots = (paths: readonly string[], cleaned: readonly string[], barred: readonly string[] = []) => ({
  source: { paths, identities: [] },
  cleaned: new Set(cleaned),
  barred,
});

describe('an object', () => {
  const roots = ['s3://buc-a/data', 's3://buc-a/data/spared?region=eu-west-1', '/data', 's3://buc-b/'];
  const some = readCleanupPrefixes({
    sourceRoots: [...roots, 's3://buc-a/data/spared/not', 's3://buc-c/x', 's3://buc-c/x/'],
    cleanupRoots: ['s3://buc-a/data', 's3://buc-a/data/spared/not', 's3://buc-b/', 's3://buc-c/x'],
    barred: ['s3://buc-b/archive?endpoint=http://other:1', 'file:///data'],
  });

  test.each([
    ['s3://buc-a/data/x', true],
    ['s3://buc-a/data/sparedx', true],
    ['s3://buc-a/data/spared/x', false],
    ['s3://buc-a/data/spared/not/x', true],
    ['s3://buc-a/datax', false],
    ['s3://buc-b/x', true],
    ['s3://buc-b/archive/x', false],
    ['s3://buc-b/archive/../x', false],
    ['s3://buc-c/x/y', false],
    ['s3://buc-d/x', false],
  ])('%s is cleaned up: %s, as the innermost prefix around it says', (location, isCleaned) => {
    const place = cleanableObject(location, some);
    expect(place).toEqual(
      isCleaned ? expect.objectContaining({ key: location.slice(11) }) : 'file_outside_roots',
    );
  });
});

describe('a folder', () => {
  test('is cleaned up for the innermost root around it, if that is listed', () => {
    const some = roots(['/data', '/data/spared', '/data/spared/not'], ['/data', '/data/spared/not']);
    expect(cleanableRoot('/data', some)).toBe('/data');
    expect(cleanableRoot('/data/a/b', some)).toBe('/data');
    expect(cleanableRoot('/data/spared', some)).toBeUndefined();
    expect(cleanableRoot('/data/spared/x', some)).toBeUndefined();
    expect(cleanableRoot('/data/spared/not', some)).toBe('/data/spared/not');
    expect(cleanableRoot('/data2', some)).toBeUndefined();
    expect(cleanableRoot('/', some)).toBeUndefined();
  });

  test('is left alone where the archive is, or what was moved', () => {
    const some = roots(['/data'], ['/data'], ['/data/archive']);
    expect(cleanableRoot('/data/archive', some)).toBeUndefined();
    expect(cleanableRoot('/data/archive/public.files', some)).toBeUndefined();
    expect(cleanableRoot('/data/archived', some)).toBe('/data');
  });

  test('is never cleaned up when no root is listed, or none is around it', () => {
    const segment = fc.constantFrom('a', 'b', 'c', 'aa');
    const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(fc.array(path), fc.array(path), path, (sources, listed, folder) => {
        const cleaned = listed.filter((root) => sources.includes(root));
        const found = cleanableRoot(folder, roots(sources, cleaned));
        if (found === undefined) return;
        expect(cleaned).toContain(found);
        expect(`${folder}/`.startsWith(`${found}/`)).toBe(true);
      }),
    );
  });
});

describe('a location', () => {
  const at = (location: string | null) => sourcePlace(location, ['/data']);

  test('leads to a folder and a name in it', () => {
    expect(at('/data/a/b')).toEqual({ folder: '/data/a', name: 'b' });
    expect(at('a/../b')).toEqual({ folder: '/data', name: 'b' });
    expect(at('/data/x/../../etc/passwd')).toEqual({ folder: '/data/x/../../etc', name: 'passwd' });
  });

  test('that names no file, a folder, or what is in no file system leads nowhere', () => {
    expect(at(null)).toBe('file_location_missing');
    expect(at('')).toBe('file_location_missing');
    expect(at('/data/a/')).toBe('file_not_regular');
    expect(at('/data/..')).toBe('file_not_regular');
    expect(at('/')).toBe('file_not_regular');
    expect(at('s3://bucket/key')).toBe('file_outside_roots');
    expect(sourcePlace('relative', ['/a', '/b'])).toBe('file_outside_roots');
  });

  test('never leads into what was set aside', () => {
    expect(at('/data/.tidemark-cleanup/token/a')).toBe('file_outside_roots');
    expect(at('/data/.tidemark-cleanup')).toBe('file_outside_roots');
  });
});
