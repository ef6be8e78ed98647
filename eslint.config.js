import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['node_modules', 'results', 'native', '.netvm', '**/*.cjs', '*.js', 'vitest.config.ts'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // A promise is often part of an interface that some implementations need not wait for.
      '@typescript-eslint/require-await': 'off',
      eqeqeq: 'error',
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'exit',
          message: 'Only harness/cli exits the process: throw a UserError.',
        },
      ],
    },
  },
  { files: ['harness/cli/**'], rules: { 'no-restricted-properties': 'off' } },
  {
    // A skipped or focused test is a hole that nobody sees.
    files: ['**/*.test.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'MemberExpression[property.name=/^(skip|skipIf|runIf|only|todo|fails)$/][object.name=/^(test|it|describe)$/]',
          message: 'Every test runs, everywhere.',
        },
      ],
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
);
