import { foldText } from './study-search.ts';

/**
 * A person name (PS3.5 section 6.2, PN) as it is compared: case and width make no difference, nor do spaces around its
 * components and empty ones at the end (PS3.4 section C.2.2.2.1.1).
 */
export const nameKey = (name: string): string =>
  foldText(name)
    .split('=')
    .map((group) =>
      group
        .replace(/ *\^ */g, '^')
        .replace(/^ +/, '')
        .replace(/[\^ ]+$/, ''),
    )
    .join('=')
    .replace(/=+$/, '');
