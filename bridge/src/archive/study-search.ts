/** Text as it is searched and sorted: case, width and composition of characters make no difference. */
export const foldText = (text: string): string => text.normalize('NFKC').toLowerCase();

/** The words of a search. A caret counts as a space: names are typed without the one between their parts. */
export const searchWords = (search: string): string[] =>
  foldText(search)
    .split(/[\s^]+/)
    .filter((word) => word !== '');
