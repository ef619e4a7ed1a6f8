/**
 * Import directions of the house (docs/architecture.md):
 * model ← base ← { capture, log, streams, sinks, watermark } ← pipeline ← cli.
 */
const stages = ['capture', 'log', 'streams', 'sinks', 'watermark'];

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'src-never-imports-test',
      severity: 'error',
      from: { path: '^src' },
      to: { path: '^(test|bench|examples)' },
    },
    {
      name: 'model-imports-nothing',
      severity: 'error',
      from: { path: '^src/model' },
      to: { path: '^src/(?!model)|^node_modules' },
    },
    {
      name: 'base-imports-only-model',
      severity: 'error',
      from: { path: '^src/base' },
      to: { path: '^src/(?!model|base)' },
    },
    ...stages.map((stage) => ({
      name: `${stage}-imports-no-other-stage`,
      severity: 'error',
      from: { path: `^src/${stage}/` },
      to: { path: `^src/(?!model|base|${stage}/)` },
    })),
    {
      name: 'pipeline-not-from-below',
      severity: 'error',
      from: { path: '^src/(model|base|capture|log|streams|sinks|watermark|config)' },
      to: { path: '^src/(pipeline|cli|serve|client)' },
    },
    {
      // A program that only reads takes in neither Postgres nor the pipeline.
      name: 'client-only-reads',
      severity: 'error',
      from: { path: '^src/client(/|\\.ts$)' },
      to: { path: '^src/(?!model|base|log|sinks|client)' },
    },
    {
      name: 'pg-in-one-folder',
      severity: 'error',
      from: { path: '^src/(?!capture/|watermark/)' },
      to: { path: 'node_modules/(pg|pg-logical-replication)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'kafkajs-in-one-folder',
      severity: 'error',
      from: { path: '^src/(?!log/)' },
      to: { path: 'node_modules/kafkajs/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'aws-sdk-in-one-folder',
      severity: 'error',
      from: { path: '^src/(?!sinks/s3/)' },
      to: { path: 'node_modules/@(aws-sdk|smithy)/' },
    },
    {
      name: 'zstd-in-one-folder',
      severity: 'error',
      from: { path: '^src/(?!sinks/)' },
      to: { path: 'node_modules/zstd-napi/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
