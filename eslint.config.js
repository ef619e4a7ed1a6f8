import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', '.dist-next/', 'coverage/', '.cache/', 'node_modules/'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.js', '**/*.cjs', '**/*.mjs'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: {
      ...tseslint.configs.disableTypeChecked.languageOptions,
      globals: {
        module: 'writable',
        process: 'readonly',
        console: 'readonly',
        performance: 'readonly',
        URL: 'readonly',
      },
    },
  },
  {
    // Runs in a browser; its types are checked by tsconfig.page.json.
    files: ['src/serve/console/page/**'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          ...['document', 'window', 'fetch', 'EventSource', 'localStorage', 'matchMedia', 'getComputedStyle'],
          ...['addEventListener', 'setInterval', 'setTimeout', 'console'],
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    // Programs that talk to a person; the product itself talks through events and the command line.
    files: ['bench/**', 'examples/**', 'scripts/**', '.ci/**', 'test/support/**'],
    rules: { 'no-console': 'off' },
  },
  prettier,
);
