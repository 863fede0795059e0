// Codestreams that were made to hide words, each held against programs that decode it: what is left gives the same picture.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nodeCodecs } from '../../../bridge/src/conversion/node-codecs.ts';
import { concatBytes, encodeElement, encodeFileMeta } from '../../../shared/dicom/encode.ts';
import { hasDcmtk } from '../../../shared/dicom/testing/dcmdump.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian, transferSyntaxOf } from '../../../shared/dicom/uids.ts';
import { compress } from '../../../shared/pixels/compress.ts';
import { LOSSLESS_SYNTAXES } from '../../../shared/pixels/encode/compressed-syntaxes.ts';
import { oddImage } from '../../../shared/pixels/testing/image-builder.ts';
import { referencePixels } from '../../../shared/pixels/testing/reference-pixels.ts';
import { Canaries } from './testing/canaries.ts';
import { encapsulated, evenly, fragmentsIn } from './testing/fragments.ts';
import { instanceFile } from './testing/instance.ts';
import { read, send, sendReady } from './testing/run.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const scratch = mkdtempSync(join(tmpdir(), 'gantry-hostile-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const at = (name: string) => join(scratch, name);
const has = (tool: string) => spawnSync(tool, ['-h']).error === undefined;

const text = (value: string): Bytes => new Uint8Array(Buffer.from(value, 'latin1'));
const bytes = (...values: number[]): Bytes => Uint8Array.from(values);
const u16 = (of: Bytes, place: number) => Buffer.from(of.buffer, of.byteOffset).readUInt16BE(place);
const u32 = (of: Bytes, place: number) => Buffer.from(of.buffer, of.byteOffset).readUInt32BE(place);
const segment = (marker: number, content: Bytes): Bytes => {
  const length = content.length + 2;
  return concatBytes([bytes(0xff, marker, length >> 8, length & 255), content]);
};
const insert = (into: Bytes, place: number, what: Bytes): Bytes =>
  concatBytes([into.slice(0, place), what, into.slice(place)]);
const split = (whole: Bytes, ...places: number[]): Bytes[] =>
  [0, ...places].map((from, i) => whole.slice(from, places[i] ?? whole.length));

const [COLUMNS, ROWS] = [96, 64];
/** A picture that no compression makes short. */
const PICTURE = Uint8Array.from({ length: COLUMNS * ROWS }, (_, i) => ((i * 7919) >> 3) ^ (i % 97));
const HEAD = text(`P5\n${COLUMNS} ${ROWS}\n255\n`);

const us = (tag: number, value: number) =>
  encodeElement(tag, 'US', bytes(value & 255, value >> 8), ExplicitVrLittleEndian);

/** An instance of fragments in a transfer syntax. */
const file = (syntax: string, fragments: readonly Bytes[], bits = 8): Bytes =>
  instanceFile({
    syntax: transferSyntaxOf(`1.2.840.10008.1.2.${syntax}`),
    elements: [us(Tag.BitsAllocated, bits)],
    last: [],
    pixelData: encapsulated(fragments),
  });

/** What leaves, without anything that was planted. */
async function cleaned(canaries: Canaries, dirty: Bytes): Promise<Bytes[]> {
  expect(canaries.foundIn(dirty)).not.toEqual([]);
  const sent = await sendReady(dirty);
  expect(canaries.foundIn(sent.dataset)).toEqual([]);
  const fragments = await fragmentsIn(sent.file);
  expect(fragments.every(({ length }) => length % 2 === 0)).toBe(true);
  // A second time there is nothing left.
  expect(await fragmentsIn((await sendReady(sent.file)).file)).toEqual(fragments);
  return fragments;
}

const opjDecoded = (codestream: Bytes): Bytes => {
  const from = at(codestream[0] === 0 ? 'a.jp2' : 'a.j2k');
  writeFileSync(from, codestream);
  execFileSync('opj_decompress', ['-i', from, '-o', at('a.rawl')], { stdio: 'ignore' });
  return new Uint8Array(readFileSync(at('a.rawl')));
};

function opjEncoded(name: string, ...options: string[]): Bytes {
  writeFileSync(at('in.pgm'), concatBytes([HEAD, PICTURE]));
  execFileSync('opj_compress', ['-i', at('in.pgm'), '-o', at(name), ...options], {
    stdio: 'ignore',
  });
  return new Uint8Array(readFileSync(at(name)));
}

/** Tile-parts by where SOT stands, and the lengths that TLM has of them. */
function partsOf(codestream: Bytes) {
  const parts: { at: number; length: number; sod: number }[] = [];
  const listed: { at: number; length: number }[] = [];
  let place = 2;
  while (u16(codestream, place) !== 0xffd9) {
    if (u16(codestream, place) === 0xff90) {
      const length = u32(codestream, place + 6);
      let sod = place + 12;
      while (u16(codestream, sod) !== 0xff93) sod += 2 + u16(codestream, sod + 2);
      parts.push({ at: place, length, sod });
      place += length;
      continue;
    }
    const length = u16(codestream, place + 2);
    if (u16(codestream, place) === 0xff55) {
      const width = 2 * (1 + ((codestream[place + 5] ?? 0) >> 6)) + (((codestream[place + 5] ?? 0) >> 4) & 3); // prettier-ignore
      for (let entry = place + 6; entry < place + 2 + length; entry += width) {
        const value = entry + width - 4;
        listed.push({ at: value, length: u32(codestream, value) });
      }
    }
    place += 2 + length;
  }
  return { parts, listed };
}

/** A comment in front of the data of a tile-part, counted wherever it must be. */
function withPartComment(codestream: Bytes, index: number, words: string): Bytes {
  const comment = segment(0x64, concatBytes([bytes(0, 1), text(words)]));
  const { parts, listed } = partsOf(codestream);
  const part = parts[index];
  if (!part) throw new Error('No such tile-part.');
  const made = insert(codestream, part.sod, comment);
  const view = new DataView(made.buffer);
  view.setUint32(part.at + 6, part.length + comment.length);
  const entry = listed[index];
  if (entry) view.setUint32(entry.at, entry.length + comment.length);
  return made;
}

const TILED = ['-t', '32,32', '-TP', 'R', '-n', '3'];

describe.skipIf(!has('opj_compress'))('Words in a JPEG 2000, judged by OpenJPEG', () => {
  it.each([
    ['a table of its tile-parts', ['-TLM']],
    ['tables of tile-parts and packets', ['-TLM', '-PLT']],
    ['no table', []],
  ])('go out of tile-parts under %s', async (_, options) => {
    const clean = opjEncoded('tiles.j2k', ...TILED, ...options);
    const { parts, listed } = partsOf(clean);
    expect(parts.length).toBeGreaterThan(12);
    expect(listed).toHaveLength(options.includes('-TLM') ? parts.length : 0);
    const canaries = new Canaries();
    let dirty = clean;
    // Of even and of odd length.
    for (const [i, words] of [
      [0, '.'],
      [5, ''],
      [5, '.'],
      [parts.length - 1, '.'],
    ] as const) {
      dirty = withPartComment(dirty, i, canaries.text() + words);
    }
    const expected = (await fragmentsIn((await sendReady(file('4.90', [clean]))).file))[0];
    for (const places of [[], [2000], [300, 302, 1000, 3000]]) {
      const fragments = await cleaned(canaries, file('4.90', split(dirty, ...places)));
      expect(fragments).toEqual([expected]);
    }
    const [left = bytes()] = [expected];
    const after = partsOf(left);
    expect(after.parts).toHaveLength(parts.length);
    expect(after.listed.map(({ length }) => length)).toEqual(
      listed.length === 0 ? [] : after.parts.map(({ length }) => length),
    );
    expect(opjDecoded(left)).toEqual(PICTURE);
  });

  it('go with tables that say what is not so', async () => {
    const canaries = new Canaries();
    const clean = opjEncoded('tiles.j2k', ...TILED);
    const size = 4 + u16(clean, 4);
    const table = segment(0x55, concatBytes([bytes(0, 0x40), text(canaries.text())]));
    const packets = segment(0x58, concatBytes([bytes(0), text(canaries.text())]));
    const main = segment(0x57, concatBytes([bytes(0, 8), text(canaries.text())]));
    const unknown = segment(0x7a, text(canaries.text()));
    const withPackets = withPartComment(clean, 0, canaries.text());
    const place = partsOf(withPackets).parts[0];
    if (!place) throw new Error('No tile-part.');
    const inPart = insert(withPackets, place.sod, packets);
    new DataView(inPart.buffer).setUint32(place.at + 6, place.length + packets.length);
    const dirty = insert(inPart, size, concatBytes([table, main, unknown]));
    const [left = bytes()] = await cleaned(canaries, file('4.90', [dirty]));
    expect(opjDecoded(left)).toEqual(PICTURE);
    const [expected] = await fragmentsIn((await sendReady(file('4.90', [clean]))).file);
    expect(left).toEqual(expected);
  });

  it('go out of boxes, in one fragment or several', async () => {
    const canaries = new Canaries();
    const clean = opjEncoded('boxed.jp2', '-C', '');
    const box = (type: string, content: Bytes) =>
      concatBytes([bytes(0, 0, 0, content.length + 8), text(type), content]);
    const word = () => text(canaries.text());
    const header = Buffer.from(clean).indexOf('jp2h') - 4;
    const code = Buffer.from(clean).indexOf('jp2c') - 4;
    const inHeader = concatBytes([box('uuid', word()), box('lbl ', word())]);
    let dirty = insert(
      clean,
      code,
      concatBytes([box('xml ', word()), box('uinf', box('url ', word()))]),
    );
    dirty = insert(dirty, header + 8, inHeader);
    new DataView(dirty.buffer).setUint32(header, u32(clean, header) + inHeader.length);
    dirty = insert(dirty, header, box('xml ', word()));
    dirty = concatBytes([dirty, box('uuid', word()), box('jP  ', word()), word()]);
    const expected = (await fragmentsIn((await sendReady(file('4.90', [clean]))).file))[0];
    expect(opjDecoded(expected ?? bytes())).toEqual(PICTURE);
    for (const places of [[], [10], [40, 60, 80, 100, 122], [200, 600]]) {
      expect(await cleaned(canaries, file('4.90', split(evenly(dirty), ...places)))).toEqual([
        expected,
      ]);
    }
    // Two frames, of which the first goes on in a second fragment.
    const two = [...split(evenly(dirty), 300), evenly(dirty)];
    expect(await cleaned(canaries, file('4.90', two))).toEqual([expected, expected]);
  });

  it('stay away where they make a codestream that can not be followed', async () => {
    const clean = opjEncoded('plain.j2k', '-n', '3');
    const [part] = partsOf(clean).parts;
    if (!part) throw new Error('No tile-part.');
    const word = text(new Canaries().text());
    const size = 4 + u16(clean, 4);
    const changed = (change: (view: DataView) => void, of = clean) => {
      const made = of.slice();
      change(new DataView(made.buffer));
      return made;
    };
    const longerSize = changed((view) => view.setUint16(4, size - 4 + word.length), insert(clean, size, word)); // prettier-ignore
    const style = size + 2;
    const longerStyle = changed(
      (view) => view.setUint16(style, u16(clean, style) + word.length),
      insert(clean, size + 2 + u16(clean, style), word),
    );
    const hostile: Record<string, Bytes> = {
      'words before SOC': concatBytes([word, clean]),
      'words behind SIZ': longerSize,
      'words behind COD': longerStyle,
      'a comment longer than the data': insert(clean, size, bytes(0xff, 0x64, 0xff, 0xff)),
      'a comment of no length': insert(clean, size, bytes(0xff, 0x64, 0, 1)),
      'a tile longer than the data': changed((view) => view.setUint32(part.at + 6, 2 ** 30)),
      'a tile that ends in its header': changed((view) => view.setUint32(part.at + 6, 12)),
      'a tile within another': insert(clean, part.sod, clean.slice(part.at, part.sod)),
      'half a header of a tile': clean.slice(0, part.at + 7),
      'no tile': concatBytes([clean.slice(0, part.at), bytes(0xff, 0xd9), word]),
      'words behind a tile': insert(clean, clean.length - 2, word),
    };
    for (const [what, codestream] of Object.entries(hostile)) {
      const sent = await send(file('4.90', [codestream]));
      expect(sent, what).toMatchObject({ kind: 'withheld' });
      expect(sent, what).not.toHaveProperty('reason', expect.stringContaining('QZ'));
    }
  });

  it('go from beside packed headers of packets, which stay', async () => {
    const canaries = new Canaries();
    const clean = opjEncoded('plain.j2k');
    // Not one that can be decoded: nothing here writes them.
    const size = 4 + u16(clean, 4);
    const packed = segment(0x60, bytes(0, 0, 0, 0, 2, 0x80, 0x80));
    const comment = segment(0x64, concatBytes([bytes(0, 1), text(canaries.text())]));
    const [left] = await cleaned(canaries, file('4.90', [insert(clean, size, concatBytes([packed, comment]))])); // prettier-ignore
    const [expected] = await fragmentsIn((await sendReady(file('4.90', [insert(clean, size, packed)]))).file); // prettier-ignore
    expect(left).toEqual(expected);
    expect(Buffer.from(left ?? bytes()).includes(packed)).toBe(true);
  });

  it('go out of a colour profile in the header of boxes', async () => {
    const canaries = new Canaries();
    const clean = opjEncoded('boxed.jp2', '-C', '');
    const profile = Buffer.alloc(160);
    profile.writeUInt32BE(160, 0);
    profile.write('GRAYXYZ ', 16);
    profile.write('acsp', 36);
    profile.writeUInt32BE(1, 128);
    profile.write('cprt', 132);
    profile.writeUInt32BE(144, 136);
    profile.writeUInt32BE(16, 140);
    profile.write(`text\0\0\0\0${canaries.text()}`, 144);
    const colour = concatBytes([bytes(0, 0, 0, 171), text('colr'), bytes(2, 0, 0), new Uint8Array(profile)]); // prettier-ignore
    const header = Buffer.from(clean).indexOf('jp2h') - 4;
    const old = Buffer.from(clean).indexOf('colr') - 4;
    const without = concatBytes([clean.slice(0, old), clean.slice(old + 15)]);
    const dirty = insert(without, old, colour);
    new DataView(dirty.buffer).setUint32(header, u32(clean, header) + 171 - 15);
    const [left = bytes()] = await cleaned(canaries, file('4.90', [dirty]));
    const found = Buffer.from(left).indexOf('colr');
    expect(u32(left, found - 4)).toBe(171);
    expect(Buffer.from(left).toString('latin1', found + 7 + 36, found + 7 + 40)).toBe('acsp');
    expect(opjDecoded(left)).toEqual(PICTURE);
    // Words where a profile should be.
    const none = dirty.slice();
    none.set(text('none'), Buffer.from(none).indexOf('acsp', found + 36));
    none.set(text('none'), found + 7 + 36);
    expect(await send(file('4.90', [none]))).toMatchObject({ kind: 'withheld' });
  });

  it('do not hide in a frame that the one before claims', async () => {
    const canaries = new Canaries();
    const clean = opjEncoded('plain.j2k');
    const size = 4 + u16(clean, 4);
    const comment = segment(0x64, concatBytes([bytes(0, 1), text(canaries.text())]));
    const second = insert(clean, size, comment);
    const [part] = partsOf(clean).parts;
    if (!part) throw new Error('No tile-part.');
    // Its only tile-part reaches to its end, wherever that is, and there is none.
    const open = clean.slice(0, clean.length - 2);
    new DataView(open.buffer).setUint32(part.at + 6, 0);
    const left = await cleaned(canaries, file('4.90', [open, second]));
    expect(left).toHaveLength(2);
    expect(opjDecoded(left[1] ?? bytes())).toEqual(PICTURE);
    // It counts the second frame as its own.
    const long = clean.slice(0, clean.length - 2);
    new DataView(long.buffer).setUint32(part.at + 6, part.length + 2 * clean.length);
    expect(await send(file('4.90', [long, second]))).toMatchObject({ kind: 'withheld' });
  });
});

if (!has('cjpeg')) console.warn('cjpeg is missing: progressive JPEG and restarts are not tried.');

/** Where the segments of a JPEG begin, up to the first scan, and where something may stand behind a scan. */
function placesIn(jpeg: Bytes): number[] {
  const places: number[] = [];
  let place = 2;
  let isInScan = false;
  while (place + 1 < jpeg.length) {
    const marker = jpeg[place + 1] ?? 0;
    const isMarker = jpeg[place] === 0xff && marker >= 0xc0 && marker < 0xff;
    const isRestart = marker >= 0xd0 && marker <= 0xd7;
    if (isInScan && (!isMarker || isRestart)) {
      place++;
      continue;
    }
    places.push(place);
    if (marker === 0xd9) break;
    isInScan = marker === 0xda;
    place += 2 + u16(jpeg, place + 2);
  }
  return places;
}

describe.skipIf(!has('cjpeg'))('Words in a JPEG, judged by libjpeg', () => {
  const encoded = (...options: string[]): Bytes => {
    writeFileSync(at('in.pgm'), concatBytes([HEAD, PICTURE]));
    return new Uint8Array(execFileSync('cjpeg', [...options, at('in.pgm')]));
  };
  const decoded = (jpeg: Bytes): Bytes => {
    writeFileSync(at('a.jpg'), jpeg);
    return new Uint8Array(execFileSync('djpeg', ['-pnm', at('a.jpg')]));
  };

  it.each([
    ['in one scan', []],
    ['with restarts', ['-restart', '1']],
    ['in ten scans', ['-progressive']],
    ['in ten scans with restarts', ['-progressive', '-restart', '3B']],
    ['by arithmetic', ['-arithmetic']],
  ])('go from every place where they may stand: %s', async (_, options) => {
    const clean = encoded(...options);
    const canaries = new Canaries();
    const thumbnail = concatBytes([bytes(0xff, 0xd8), text(canaries.text()), bytes(0xff, 0xd9)]);
    const planted = () =>
      concatBytes([
        segment(0xfe, text(canaries.text())),
        segment(0xe1, concatBytes([thumbnail, text(canaries.text())])),
        segment(0xe8, text(canaries.text())),
      ]);
    let dirty = clean;
    const places = placesIn(clean);
    expect(places.length).toBeGreaterThan(options.includes('-progressive') ? 14 : 4);
    for (const place of [...places].reverse()) dirty = insert(dirty, place, planted());
    expect(decoded(dirty)).toEqual(decoded(clean));
    // What only other programs read, and another picture behind the end.
    dirty = insert(dirty, 2, segment(0xf0, text(canaries.text())));
    const behind = concatBytes([dirty, clean.slice(0, 2), planted(), clean.slice(2)]);
    for (const cuts of [[], [400], [2, 1000, 1002]]) {
      const left = await cleaned(canaries, file('4.50', split(evenly(behind), ...cuts)));
      expect(left).toEqual([evenly(clean)]);
    }
    const frames = [...split(evenly(dirty), 700), behind];
    expect(await cleaned(canaries, file('4.50', frames))).toEqual([evenly(clean), evenly(clean)]);
  });

  it('go where there are thousands of them', async () => {
    const canaries = new Canaries();
    const clean = encoded();
    const comments = Array.from({ length: 3000 }, () => segment(0xfe, text(canaries.text())));
    const started = performance.now();
    const left = await cleaned(canaries, file('4.50', [insert(clean, 2, concatBytes(comments))]));
    expect(left).toEqual([evenly(clean)]);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('stay away where they make a codestream that can not be followed', async () => {
    const clean = encoded();
    const word = () => text(new Canaries().text());
    const quantisation = placesIn(clean).find((place) => clean[place + 1] === 0xdb) ?? 0;
    const longer = insert(clean, quantisation + 2 + u16(clean, quantisation + 2), word());
    new DataView(longer.buffer).setUint16(quantisation + 2, u16(clean, quantisation + 2) + 8);
    const scan = placesIn(clean).find((place) => clean[place + 1] === 0xda) ?? 0;
    const hostile: Record<string, readonly Bytes[]> = {
      'a comment before SOI': [concatBytes([segment(0xfe, word()), clean])],
      'a picture in the header of another': [insert(clean, 2, clean)],
      'a picture behind a scan of another': [
        concatBytes([clean.slice(0, clean.length - 2), clean]),
      ],
      'a segment longer than the data': [concatBytes([clean.slice(0, scan), bytes(0xff, 0xfe, 0xff, 0xff), word()])], // prettier-ignore
      'a segment of no length': [insert(clean, 2, concatBytes([bytes(0xff, 0xe1, 0, 1), word()]))],
      'half a marker at the end': [concatBytes([clean.slice(0, scan), bytes(0xff)])],
      'words without a marker': [insert(clean, 2, word())],
      'words behind a table of quantisation': [longer],
      'no scan': [concatBytes([clean.slice(0, scan), bytes(0xff, 0xd9), word()])],
      'no scan, and then another picture': [clean.slice(0, scan), clean],
    };
    for (const [what, fragments] of Object.entries(hostile)) {
      expect(await send(file('4.50', fragments)), what).toMatchObject({ kind: 'withheld' });
    }
  });

  it('go in front of and behind a number of lines that comes late', async () => {
    const canaries = new Canaries();
    const clean = encoded();
    const scanEnd = clean.length - 2;
    const lines = segment(0xdc, bytes(0, ROWS));
    const comment = () => segment(0xfe, text(canaries.text()));
    const expected = insert(clean, scanEnd, lines);
    const dirty = insert(clean, scanEnd, concatBytes([comment(), lines, comment()]));
    expect(await cleaned(canaries, file('4.50', [dirty]))).toEqual([evenly(expected)]);
  });
});

/** A picture of bytes, or of words, in a file that other programs encode. */
function sourceFile(name: string, bits: 8 | 16): string {
  const value =
    bits === 8 ? PICTURE : Uint8Array.from(Array.from(PICTURE, (byte, i) => [byte, i & 15]).flat());
  const made = oddImage({
    [Tag.Rows]: ROWS,
    [Tag.Columns]: COLUMNS,
    [Tag.BitsAllocated]: bits,
    [Tag.BitsStored]: bits === 8 ? 8 : 12,
    [Tag.HighBit]: bits === 8 ? 7 : 11,
    [Tag.PixelData]: { vr: bits === 8 ? 'OB' : 'OW', value },
  });
  writeFileSync(at(name), made);
  return at(name);
}

/** A file with other fragments. */
async function withFragments(source: Bytes, fragments: readonly Bytes[]): Promise<Bytes> {
  const element = (await read(source)).dataset.get(Tag.PixelData);
  return concatBytes([source.slice(0, element?.start), encapsulated(fragments)]);
}

describe.skipIf(!hasDcmtk())('Words in other compressions, judged by DCMTK', () => {
  const encoded = (tool: string, ...options: string[]): Bytes => {
    execFileSync(tool, [...options, sourceFile('in.dcm', 16), at('encoded.dcm')]);
    return new Uint8Array(readFileSync(at('encoded.dcm')));
  };
  const judged = async (of: Bytes): Promise<Uint8Array> => {
    writeFileSync(at('judged.dcm'), of);
    return referencePixels(at('judged.dcm'), (await read(of)).transferSyntaxUid, scratch).bytes;
  };
  /** Sends a file with these fragments for its own. */
  async function left(canaries: Canaries, source: Bytes, fragments: readonly Bytes[]) {
    const dirty = await withFragments(source, fragments);
    const [only] = await cleaned(canaries, dirty);
    const sent = await sendReady(dirty);
    expect(Buffer.compare(await judged(sent.file), await judged(source))).toBe(0);
    return only ?? bytes();
  }
  const firstOf = async (of: Bytes): Promise<Bytes> => (await fragmentsIn(of))[0] ?? bytes();

  it('go out of JPEG-LS, and stay away with a table of colours', async () => {
    const canaries = new Canaries();
    const source = encoded('dcmcjpls');
    const clean = await firstOf(source);
    const planted = () =>
      concatBytes([
        segment(0xfe, text(canaries.text())),
        segment(0xe8, concatBytes([text('SPIFF\0'), text(canaries.text())])),
      ]);
    let dirty = clean;
    for (const place of [...placesIn(clean)].reverse()) dirty = insert(dirty, place, planted());
    const thresholds = segment(0xf8, bytes(1, 15, 255, 0, 18, 0, 67, 1, 20, 0, 64));
    expect(await left(canaries, source, split(evenly(dirty), 600))).toEqual(clean);
    const withThresholds = insert(clean, 2, thresholds);
    const [kept] = await fragmentsIn(
      (await sendReady(await withFragments(source, [withThresholds]))).file,
    );
    expect(kept).toEqual(evenly(withThresholds));
    const colours = segment(0xf8, concatBytes([bytes(2, 1, 1), text(canaries.text())]));
    const hidden = await withFragments(source, [insert(clean, 2, colours)]);
    expect(await send(hidden)).toMatchObject({ kind: 'withheld' });
  });

  it('go out of JPEG Lossless', async () => {
    const canaries = new Canaries();
    const source = encoded('dcmcjpeg', '+e1');
    const clean = await firstOf(source);
    const dirty = insert(clean, 2, segment(0xfe, text(canaries.text())));
    const without = await fragmentsIn((await sendReady(source)).file);
    expect(await left(canaries, source, split(evenly(dirty), 500, 502))).toEqual(without[0]);
  });

  it('go out of RLE: its header, between its segments and behind them', async () => {
    const canaries = new Canaries();
    const source = encoded('dcmcrle');
    const clean = await firstOf(source);
    const [, , second = 0] = new Uint32Array(clean.slice(0, 12).buffer);
    const word = text(canaries.text());
    const dirty = concatBytes([insert(clean, second, word), text(canaries.text())]);
    new DataView(dirty.buffer).setUint32(8, second + word.length, true);
    dirty.set(text(canaries.text()), 40);
    const cut = await left(canaries, source, [dirty]);
    expect(cut.length).toBeGreaterThanOrEqual(clean.length + word.length - 1);
    // Segments within each other, too many, or cut short.
    const broken = (change: (view: DataView) => void, from = clean) => {
      const made = from.slice();
      change(new DataView(made.buffer));
      return made;
    };
    const hostile = [
      broken((view) => view.setUint32(8, 64, true)),
      broken((view) => view.setUint32(0, 3, true)),
      broken((view) => view.setUint32(0, 99, true)),
      clean.slice(0, clean.length / 2),
      clean.slice(0, 40),
    ];
    for (const one of hostile) {
      expect(await send(await withFragments(source, [one]))).toMatchObject({ kind: 'withheld' });
    }
  });

  it('go behind frames that are not compressed', async () => {
    const canaries = new Canaries();
    const frame = text('x'.repeat(64));
    const dirty = [concatBytes([frame, text(canaries.text())]), frame];
    const [first, second] = await cleaned(canaries, file('1.98', dirty));
    expect([first, second]).toEqual([frame, frame]);
    expect(await send(file('1.98', [frame.slice(2)]))).toMatchObject({ kind: 'withheld' });
  });

  it('go out of high-throughput JPEG 2000', async () => {
    const canaries = new Canaries();
    const syntax = LOSSLESS_SYNTAXES.find(({ encoder }) => encoder === 'htj2k');
    if (!syntax) throw new Error('No such syntax.');
    const plain = await read(new Uint8Array(readFileSync(sourceFile('in.dcm', 8))));
    const { chunks } = await compress(plain, syntax, nodeCodecs());
    const meta = { sopClassUid: '1.2', sopInstanceUid: '1.2.3', transferSyntaxUid: syntax.uid };
    const source = concatBytes([encodeFileMeta(meta), ...(await Array.fromAsync(chunks))]);
    const clean = await firstOf(source);
    const size = 4 + u16(clean, 4);
    const dirty = insert(
      withPartComment(clean, 0, canaries.text()),
      size,
      segment(0x64, concatBytes([bytes(0, 1), text(canaries.text())])),
    );
    const [cut = bytes()] = await cleaned(canaries, await withFragments(source, [dirty]));
    expect(opjDecoded(cut)).toEqual(PICTURE);
  });
});

if (!has('cjxl')) console.warn('cjxl is missing: JPEG XL is not tried.');

describe.skipIf(!has('cjxl'))('Words in a JPEG XL, judged by libjxl', () => {
  const encoded = (...options: string[]): Bytes => {
    writeFileSync(at('in.pgm'), concatBytes([HEAD, PICTURE]));
    execFileSync('cjxl', [at('in.pgm'), at('a.jxl'), '-d', '0', ...options], { stdio: 'ignore' });
    return new Uint8Array(readFileSync(at('a.jxl')));
  };
  const head = oddImage(
    {
      [Tag.Rows]: ROWS,
      [Tag.Columns]: COLUMNS,
      [Tag.BitsAllocated]: 8,
      [Tag.BitsStored]: 8,
      [Tag.HighBit]: 7,
    },
    { transferSyntaxUid: '1.2.840.10008.1.2.4.110', without: [Tag.PixelData] },
  );
  const jxl = (fragments: readonly Bytes[]): Bytes => concatBytes([head, encapsulated(fragments)]);
  const decoded = (stream: Bytes): Bytes => {
    writeFileSync(at('b.jxl'), stream);
    execFileSync('djxl', [at('b.jxl'), at('b.pgm')], { stdio: 'ignore' });
    return new Uint8Array(readFileSync(at('b.pgm'))).slice(-PICTURE.length);
  };

  it('go out of boxes, in one fragment or several', async () => {
    const canaries = new Canaries();
    const clean = encoded('--container=1');
    const box = (type: string) => {
      const word = text(canaries.text());
      return concatBytes([bytes(0, 0, 0, word.length + 8), text(type), word]);
    };
    const boxes = concatBytes([box('Exif'), box('xml '), box('brob'), box('jumb'), box('JXL ')]);
    const code = Buffer.from(clean).indexOf('jxlc') - 4;
    const dirty = concatBytes([insert(clean, code, boxes), boxes]);
    const [expected = bytes()] = await fragmentsIn((await sendReady(jxl([clean]))).file);
    for (const places of [[], [30, 60, 1000]]) {
      const left = await cleaned(canaries, jxl(split(evenly(dirty), ...places)));
      expect(left).toEqual([expected]);
    }
    expect(decoded(expected)).toEqual(PICTURE);
  });

  it('stay away where they stand behind the samples, whose length nothing says', async () => {
    const canaries = new Canaries();
    const word = text(canaries.text());
    const plain = encoded();
    const [left] = await fragmentsIn((await sendReady(jxl([plain]))).file);
    expect(left).toEqual(evenly(plain));
    expect(await send(jxl([concatBytes([plain, word])]))).toMatchObject({ kind: 'withheld' });
    const boxed = encoded('--container=1');
    const code = Buffer.from(boxed).indexOf('jxlc') - 4;
    const longer = concatBytes([boxed, word]);
    const length = u32(boxed, code);
    if (length > 0) new DataView(longer.buffer).setUint32(code, length + word.length);
    expect(await send(jxl([longer]))).toMatchObject({ kind: 'withheld' });
    const twice = concatBytes([boxed, bytes(0, 0, 0, word.length + 8), text('jxlc'), word]);
    expect(await send(jxl([twice]))).toMatchObject({ kind: 'withheld' });
  });
});

describe('Words in what nothing here can follow', () => {
  it.each([
    ['user data of MPEG2', '4.100', [0, 0, 1, 0xb2]],
    ['supplemental information of H.264', '4.102', [0, 0, 0, 1, 0x06, 0x05, 0x08]],
    ['supplemental information of HEVC', '4.107', [0, 0, 0, 1, 0x4e, 0x01, 0x05, 0x08]],
    ['referenced pixels', '4.94', []],
    ['frames that are deflated each', '8.1', []],
    ['fragments where pixels are said to be uncompressed', '1', []],
    ['a live video', '7.1', []],
    ['a retired JPEG', '4.55', [0xff, 0xd8]],
  ])('keep it from being sent: %s', async (_, syntax, start) => {
    const canaries = new Canaries();
    const dirty = file(syntax, [concatBytes([bytes(...start), text(canaries.text())])]);
    expect(canaries.foundIn(dirty)).toHaveLength(1);
    const sent = await send(dirty);
    expect(sent).toMatchObject({ kind: 'withheld' });
    expect(canaries.foundIn(Buffer.from(JSON.stringify(sent)))).toEqual([]);
  });
});
