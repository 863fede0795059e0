/** What of a viewport goes into a picture, besides image, measurements, orientation, scale and warnings. */
export interface CaptureOptions {
  readonly areTextsShown: boolean;
  /** Then nothing that names the patient is drawn, whatever was chosen. */
  readonly isDeidentified: boolean;
}

/** Draws a viewport as it is seen, in the pixels of the screen; without handles, focus and fields. */
export function capture(viewport: HTMLElement, options: CaptureOptions): HTMLCanvasElement {
  const bounds = viewport.getBoundingClientRect();
  const scale = devicePixelRatio;
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(bounds.width * scale);
  canvas.height = Math.round(bounds.height * scale);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('The browser gives no canvas.');
  context.scale(scale, scale);
  const ground = getComputedStyle(viewport).backgroundColor;
  context.fillStyle = ground;
  context.fillRect(0, 0, bounds.width, bounds.height);
  context.translate(-bounds.left, -bounds.top);
  for (const layer of viewport.querySelectorAll<HTMLCanvasElement>('.picture canvas')) {
    drawCanvas(context, layer);
  }
  const drawing = viewport.querySelector('[data-testid=measurements]');
  if (drawing) drawMeasurements(context, drawing);
  for (const element of viewport.querySelectorAll<HTMLElement>(textsFor(options))) {
    drawText(context, element, ground);
  }
  const bar = viewport.querySelector('.scale');
  if (bar) drawBar(context, bar.getBoundingClientRect(), getComputedStyle(bar).color);
  return canvas;
}

/** Whose picture it is stands at the top left. */
function textsFor({ areTextsShown, isDeidentified }: CaptureOptions): string {
  const corners = isDeidentified ? '.corner:not(.top.left) span' : '.corner span';
  return ['.letter, .scale, .warnings span', ...(areTextsShown ? [corners] : [])].join(', ');
}

function drawCanvas(context: CanvasRenderingContext2D, layer: HTMLCanvasElement): void {
  const { visibility, display, transform, filter, clipPath } = getComputedStyle(layer);
  if (visibility === 'hidden' || display === 'none' || layer.width === 0) return;
  context.save();
  if (transform === 'none') {
    const { left, top, width, height } = layer.getBoundingClientRect();
    // A palette colours the image, and not what is beside it.
    context.filter = filter;
    clip(context, clipPath, left, top);
    context.drawImage(layer, left, top, width, height);
  } else {
    // Its corner before it was turned is that of the element around it.
    const { left, top } = (layer.parentElement ?? layer).getBoundingClientRect();
    context.translate(left, top);
    const { a, b, c, d, e, f } = new DOMMatrix(transform);
    context.transform(a, b, c, d, e, f);
    context.imageSmoothingEnabled = false;
    context.drawImage(layer, 0, 0);
  }
  context.restore();
}

function clip(context: CanvasRenderingContext2D, path: string, left: number, top: number): void {
  const points = Array.from(path.matchAll(/(-?[\d.e+-]+)px (-?[\d.e+-]+)px/g), ([, x, y]) => [
    Number(x) + left,
    Number(y) + top,
  ]);
  if (points.length === 0) return;
  context.beginPath();
  for (const [x = 0, y = 0] of points) context.lineTo(x, y);
  context.clip();
}

function drawMeasurements(context: CanvasRenderingContext2D, drawing: Element): void {
  const { left, top } = drawing.getBoundingClientRect();
  context.save();
  context.translate(left, top);
  context.lineCap = 'round';
  context.lineJoin = 'round';
  for (const path of drawing.querySelectorAll('path:not(.grip)')) {
    const { stroke, strokeWidth, strokeDasharray, opacity } = getComputedStyle(path);
    context.strokeStyle = stroke;
    context.lineWidth = Number.parseFloat(strokeWidth);
    context.globalAlpha = Number(opacity);
    context.setLineDash((strokeDasharray.match(/[\d.]+/g) ?? []).map(Number));
    context.stroke(new Path2D(path.getAttribute('d') ?? ''));
  }
  context.globalAlpha = 1;
  context.setLineDash([]);
  context.restore();
  for (const line of drawing.querySelectorAll<SVGTSpanElement>('.label tspan')) {
    const { fill, stroke, strokeWidth } = getComputedStyle(line);
    drawLine(context, line, { fill, stroke, strokeWidth: Number.parseFloat(strokeWidth) });
  }
}

/** @param ground what is behind it where the image is bright */
function drawText(context: CanvasRenderingContext2D, element: HTMLElement, ground: string): void {
  const { left, top, width, height } = element.getBoundingClientRect();
  if (width === 0) return;
  context.save();
  context.beginPath();
  // What was cut off on screen isn't longer here; the words of a scale bar stand above it.
  context.rect(left - 2, top - 12, width + 4, height + 24);
  context.clip();
  const { color } = getComputedStyle(element);
  drawLine(context, element, { fill: color, stroke: ground, strokeWidth: 2 });
  context.restore();
}

/** Scripts whose letters stand by themselves, one after another: of others a line is drawn as a whole. */
const APART = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Common}]*$/u;

/** Letter by letter where the page has them: a canvas knows nothing of figures of one width. */
function drawLine(
  context: CanvasRenderingContext2D,
  element: Element,
  { fill, stroke, strokeWidth }: { fill: string; stroke: string; strokeWidth: number },
): void {
  const { fontSize, fontWeight, fontFamily } = getComputedStyle(element);
  context.font = `${fontWeight} ${fontSize} ${fontFamily}`;
  context.textBaseline = 'alphabetic';
  context.lineWidth = strokeWidth;
  context.lineJoin = 'round';
  context.strokeStyle = stroke;
  context.fillStyle = fill;
  const letters = lettersOf(context, element);
  for (const { letter, x, y } of letters) context.strokeText(letter, x, y);
  for (const { letter, x, y } of letters) context.fillText(letter, x, y);
}

function lettersOf(context: CanvasRenderingContext2D, element: Element) {
  const { fontBoundingBoxAscent: ascent, fontBoundingBoxDescent: descent } =
    context.measureText('');
  const range = document.createRange();
  return [...element.childNodes]
    .filter((node) => node instanceof Text)
    .flatMap((node) =>
      (APART.test(node.data)
        ? Array.from(new Intl.Segmenter().segment(node.data))
        : [{ segment: node.data, index: 0 }]
      ).map(({ segment, index }) => {
        range.setStart(node, index);
        range.setEnd(node, index + segment.length);
        const { left, top, height } = range.getBoundingClientRect();
        const y = top + (height - ascent - descent) / 2 + ascent;
        return { letter: segment, x: left, y };
      }),
    )
    .filter(({ letter }) => letter.trim() !== '');
}

/** Its lower edge and both ends. */
function drawBar(context: CanvasRenderingContext2D, bar: DOMRect, colour: string): void {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(bar.left + 0.5, bar.top);
  context.lineTo(bar.left + 0.5, bar.bottom - 0.5);
  context.lineTo(bar.right - 0.5, bar.bottom - 0.5);
  context.lineTo(bar.right - 0.5, bar.top);
  context.stroke();
}

/** As a file. @param type image/png, or image/jpeg in good quality */
export async function pictureBlob(
  canvas: HTMLCanvasElement,
  type: 'image/png' | 'image/jpeg',
): Promise<Blob> {
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, 0.92));
  if (!blob) throw new Error('The browser could not make a file of the picture.');
  return blob;
}
