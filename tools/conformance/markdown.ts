/** Text that Markdown shall not read as more than text. */
const plain = (text: string): string => text.replaceAll('|', '\\|').replaceAll('*', '\\*');

export const table = (
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string =>
  [head, head.map(() => '---'), ...rows.map((row) => row.map((cell) => plain(String(cell))))]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');

export const list = (items: readonly string[]): string =>
  items.map((item) => `- ${item}`).join('\n');

/** Paragraphs, tables and headings with empty lines between them. */
export const document = (...parts: readonly string[]): string => parts.join('\n\n');

/** "A700H" */
export const statusCode = (status: number): string =>
  `${status.toString(16).toUpperCase().padStart(4, '0')}H`;

/** "128 KiB" where it is whole, else bytes. */
export const size = (bytes: number): string => {
  const kib = bytes / 1024;
  if (!Number.isInteger(kib)) return `${bytes} bytes`;
  return Number.isInteger(kib / 1024) ? `${kib / 1024} MiB` : `${kib} KiB`;
};

/** "30 s" */
export const seconds = (milliseconds: number): string => `${milliseconds / 1000} s`;

/** "(0010,0020)" */
export const tagText = (tag: number): string => {
  const hex = tag.toString(16).toUpperCase().padStart(8, '0');
  return `(${hex.slice(0, 4)},${hex.slice(4)})`;
};
