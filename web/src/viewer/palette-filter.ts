import type { Types } from '@cornerstonejs/core';
import type { FrameHeader } from './frame-catalogue.ts';
import type { LoadedFrame } from './frame-loader.ts';
import { imagePlacement } from './image-placement.ts';
import { PALETTES } from './palettes.generated.ts';

/** A well-known colour palette, by its Content Label (PS3.6 annex B). */
export type PaletteName = keyof typeof PALETTES;

/** A palette's 256 entries of red, of green and of blue. */
export const paletteOf = (name: PaletteName): readonly Uint8Array<ArrayBuffer>[] =>
  PALETTES[name].map((entries) => Uint8Array.from(atob(entries), (byte) => byte.charCodeAt(0)));

const SVG = 'http://www.w3.org/2000/svg';

/**
 * Colours what a canvas shows in grey. The renderer's own colour maps don't know every curve of a window, nor the way back
 * to grey; a filter of the browser takes each of 256 greys to its colour, with WebGL and without.
 */
export function colour(
  viewport: Types.IStackViewport,
  { header, isColour }: LoadedFrame,
  wanted: PaletteName | undefined,
): void {
  const { style } = viewport.getCanvas();
  const name = isColour ? undefined : wanted;
  style.filter = name === undefined ? '' : `url("#${filterFor(name)}")`;
  style.clipPath = name === undefined ? '' : outlineOf(viewport, header);
}

/** Beside the image is nothing, which isn't the lowest value's colour. */
function outlineOf(viewport: Types.IStackViewport, header: FrameHeader): string {
  const [a, b, c, d, e, f] = imagePlacement(viewport, header);
  const { rows, columns } = header.image;
  const corners = [
    [0, 0],
    [columns, 0],
    [columns, rows],
    [0, rows],
  ] as const;
  const places = corners.map(([x, y]) => `${a * x + c * y + e}px ${b * x + d * y + f}px`);
  return `polygon(${places.join(', ')})`;
}

/** The id of a palette's filter, which is put into the page when it is asked for first. */
function filterFor(name: PaletteName): string {
  const id = `palette-${name}`;
  if (document.getElementById(id)) return id;
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('width', '0');
  svg.setAttribute('height', '0');
  svg.setAttribute('aria-hidden', 'true');
  svg.style.position = 'absolute';
  const filter = document.createElementNS(SVG, 'filter');
  filter.id = id;
  filter.setAttribute('color-interpolation-filters', 'sRGB');
  const transfer = document.createElementNS(SVG, 'feComponentTransfer');
  paletteOf(name).forEach((entries, i) => {
    const channel = document.createElementNS(SVG, `feFunc${'RGB'.charAt(i)}`);
    channel.setAttribute('type', 'discrete');
    channel.setAttribute('tableValues', Array.from(entries, (value) => value / 255).join(' '));
    transfer.append(channel);
  });
  filter.append(transfer);
  svg.append(filter);
  document.body.append(svg);
  return id;
}
