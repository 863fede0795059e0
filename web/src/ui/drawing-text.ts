/** What the settings say of who draws images. */
export const drawingText = {
  label: 'Images are drawn by',
  choices: {
    webgl: 'the graphics card',
    processor: 'the processor',
  },
  hint: 'The processor is faster where the browser has no graphics card to use. A choice holds from when the page is loaded again.',
} as const;
