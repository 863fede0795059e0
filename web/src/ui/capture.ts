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
  context.fillStyle = getComputedStyle(viewport).backgroundColor;
  context.fillRect(0, 0, bounds.width, bounds.height);
  context.translate(-bounds.left, -bounds.top);
  for (const layer of viewport.querySelectorAll<HTMLCanvasElement>('.picture canvas')) {
    drawCanvas(context, layer);
  }
  const drawing = viewport.querySelector('[data-testid=measurements]');
  if (drawing) drawMeasurements(context, drawing);
  for (const element of viewport.querySelectorAll<HTMLElement>(textsFor(options))) {
    drawText(context, element);
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
  const { visibility, display, transform } = getComputedStyle(layer);
  if (visibility === 'hidden' || display === 'none' || layer.width === 0) return;
  context.save();
  if (transform === 'none') {
    const { left, top, width, height } = layer.getBoundingClientRect();
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
  for (const line of drawing.querySelectorAll('.label tspan')) {
    const { fill, stroke, strokeWidth, fontSize, fontFamily } = getComputedStyle(line);
    const [x, y] = [Number(line.getAttribute('x')), Number(line.getAttribute('y'))];
    context.font = `${fontSize} ${fontFamily}`;
    context.strokeStyle = stroke;
    context.lineWidth = Number.parseFloat(strokeWidth);
    context.strokeText(line.textContent, x, y);
    context.fillStyle = fill;
    context.fillText(line.textContent, x, y);
  }
  context.restore();
}

function drawText(context: CanvasRenderingContext2D, element: HTMLElement): void {
  const words = element.textContent.trim();
  const { left, top, width, height } = element.getBoundingClientRect();
  if (words === '' || width === 0) return;
  const { color, fontSize, fontWeight, fontFamily } = getComputedStyle(element);
  context.save();
  context.beginPath();
  // What was cut off on screen isn't longer here.
  context.rect(left - 1, top - 10, width + 2, height + 20);
  context.clip();
  context.font = `${fontWeight} ${fontSize} ${fontFamily}`;
  context.textBaseline = 'middle';
  const isBar = element.classList.contains('scale');
  context.textAlign = isBar ? 'center' : 'right';
  // A sign may stand before the words: they end where the element does.
  const x = isBar ? left + width / 2 : left + width;
  const isCut = element.scrollWidth > element.clientWidth && !isBar;
  if (isCut) context.textAlign = 'left';
  const y = isBar ? top : top + height / 2;
  context.lineWidth = 3;
  context.lineJoin = 'round';
  context.strokeText(words, isCut ? left : x, y);
  context.fillStyle = color;
  context.fillText(words, isCut ? left : x, y);
  context.restore();
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
