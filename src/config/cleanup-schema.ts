import * as z from 'zod';
import { duration, integer } from './fields.ts';

export const cleanupSchema = z
  .strictObject({
    roots: z
      .array(z.string().min(1))
      .describe(
        'Folders and prefixes of `tables[].source.roots` in which files may be removed, each as it is written there. Nothing is removed anywhere else, and nothing at all while the list is empty.',
      )
      .prefault([]),
    after: duration({
      text: 'How long after its shard was announced a source file stays.',
    }).prefault('7d'),
    action: z
      .enum(['delete', 'move'])
      .describe(
        '`delete` removes the files, `move` takes them to `moveTo`, and objects in buckets to `moveObjectsTo`.',
      )
      .prefault('delete'),
    moveTo: z
      .string()
      .min(1)
      .describe(
        'Folder, absolute, on the same file system or another one; files keep their paths below their root. Needed with `action: move`.',
      )
      .optional(),
    moveObjectsTo: z
      .string()
      .min(1)
      .describe(
        '`s3://bucket/prefix` in the store of the roots; objects keep their keys below their root. Needed with `action: move` where `roots` has prefixes of buckets.',
      )
      .optional(),
    filesPerSecond: integer({ text: 'Files that are looked at in a second at most.', min: 1 }).prefault(
      1_000,
    ),
  })
  .describe('What `tidemark cleanup` does with source files that a shard holds.')
  .prefault({});
