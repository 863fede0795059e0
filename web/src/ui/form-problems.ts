import { text } from './text.ts';

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * What is wrong with a form: in words, and the fields that it is about.
 * @param issues of a schema
 * @param taken a field whose value something else has already
 */
export function problemsOf(
  issues: readonly Issue[],
  taken: { readonly field: string; readonly words: string } | undefined,
): { readonly problems: string[]; readonly badFields: Set<string> } {
  const paths = issues.map(({ path }) => path.map(String));
  const words = issues.map(
    ({ message }, at) => `${text.settings.fieldNames(paths[at] ?? [])}${message}`,
  );
  return {
    problems: taken ? [...words, taken.words] : words,
    badFields: new Set([...paths.flat(), ...(taken ? [taken.field] : [])]),
  };
}
