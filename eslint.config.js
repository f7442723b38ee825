import js from "@eslint/js";
import tseslint from "typescript-eslint";

const SPREAD = { selector: "ObjectExpression > SpreadElement > ObjectExpression", message: "Write the keys out." };
const READ_ONCE = {
  selector:
    "CallExpression[callee.name=expect] > AwaitExpression > CallExpression[callee.property.name=/^(count|isVisible|textContent|innerText|allTextContents|getAttribute|inputValue)$/]",
  message: "A page changes after a click, not with it: expect.poll(() => ...) waits.",
};

export default tseslint.config(
  { ignores: ["dist", "node_modules", "coverage", "results", "datasets"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ["**/*.ts", "**/*.tsx"],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-invalid-void-type": "off",
      "no-restricted-syntax": ["error", SPREAD],
    },
  },
  {
    files: ["src/**/*.{ts,tsx}", "bin/**/*.ts"],
    rules: { "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }] },
  },
  {
    files: ["test/**/*.ts"],
    ignores: ["test/support/processes.ts"],
    rules: {
      "@typescript-eslint/no-restricted-imports": [
        "error",
        {
          name: "node:child_process",
          message: "test/support starts processes, so that they end with the test.",
          allowTypeImports: true,
        },
      ],
      "no-restricted-syntax": ["error", SPREAD, READ_ONCE],
    },
  },
  {
    files: ["src/reporting/report/assets/*.js"],
    languageOptions: {
      sourceType: "script",
      globals: {
        document: "readonly",
        window: "readonly",
        localStorage: "readonly",
        Event: "readonly",
        EventSource: "readonly",
        fetch: "readonly",
        DOMParser: "readonly",
        navigator: "readonly",
        Blob: "readonly",
        setTimeout: "readonly",
        // The scripts of a page see what those before them declare.
        SVG: "readonly",
        element: "readonly",
        drawn: "readonly",
        placeOf: "readonly",
        elementAt: "readonly",
        choice: "readonly",
        report: "readonly",
        chart: "readonly",
        grid: "readonly",
        sortedBy: "readonly",
        copied: "readonly",
        runs: "readonly",
        texts: "readonly",
        figures: "readonly",
      },
    },
    rules: {
      "no-redeclare": ["error", { builtinGlobals: false }],
      "@typescript-eslint/no-unused-vars": ["error", { vars: "local" }],
    },
  },
  {
    files: ["**/*.js"],
    languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly", setTimeout: "readonly" } },
  },
);
