import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { swapBytes } from './byte-order.ts';
import { bufferSource, type Piece } from './byte-source.ts';
import type { Dataset, Element } from './dataset.ts';
import { concatBytes } from './encode.ts';
import { readDataset } from './read-instance.ts';
import { spliceDataset, type Edit } from './splice.ts';
import * as Tag from './tags.generated.ts';
import { bytesOfNodes, fragmentsNode, nodesOf, type Node } from './testing/arbitrary-dataset.ts';
import { transcodeDataset, transcodedBytes } from './transcode.ts';
import { ExplicitVrBigEndian, ExplicitVrLittleEndian, ImplicitVrLittleEndian } from './uids.ts';
import type { TransferSyntax } from './uids.ts';
import { swapWidth } from './vr.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const RUNS = process.env['GANTRY_TEST_LONG'] === undefined ? 200 : 5000;
const explicit = fc.constantFrom(ExplicitVrLittleEndian, ExplicitVrBigEndian);
const anySyntax = fc.constantFrom(
  ExplicitVrLittleEndian,
  ExplicitVrBigEndian,
  ImplicitVrLittleEndian,
);
const ALL = { withPrivate: true, withUn: true };
const KNOWN = { withPrivate: false, withUn: false };

/** Elements, and an encoding that can hold all that they are. */
const explicitDataset = fc
  .tuple(nodesOf(3, ALL), fc.option(fragmentsNode))
  .map(([nodes, fragments]) => (fragments ? [...nodes, fragments] : nodes));
const written = fc.oneof(
  fc.record({ nodes: explicitDataset, syntax: fc.constant(ExplicitVrLittleEndian) }),
  fc.record({ nodes: nodesOf(3, ALL), syntax: fc.constant(ExplicitVrBigEndian) }),
  fc.record({ nodes: nodesOf(3, KNOWN), syntax: fc.constant(ImplicitVrLittleEndian) }),
);

const read = (bytes: Bytes, { explicitVr, littleEndian }: TransferSyntax) =>
  readDataset(bufferSource(bytes), {
    explicitVr,
    littleEndian,
    start: 0,
    end: bytes.length,
    maxValueBytes: 2 ** 20,
  });

/** The elements that were read, as they would have been made; fragments are taken from the bytes. */
function nodesRead(dataset: Dataset, all: Bytes): Node[] {
  return dataset.elements.map((element): Node => {
    const { tag, vr, items, fragments } = element;
    if (fragments) {
      const parts = fragments.map(({ offset, length }) => all.slice(offset, offset + length));
      return { kind: 'fragments', tag, fragments: parts };
    }
    if (items) {
      return {
        kind: 'sequence',
        tag,
        vr: vr === 'UN' ? 'UN' : 'SQ',
        isOpen: element.undefinedLength,
        items: items.map((item) => ({
          isOpen: item.undefinedLength,
          nodes: nodesRead(item.dataset, all),
        })),
      };
    }
    const value = element.bytes?.slice() ?? new Uint8Array();
    return {
      kind: 'value',
      tag,
      vr,
      value: dataset.littleEndian ? value : swapBytes(value, swapWidth(vr)),
    };
  });
}

const put = (pieces: readonly Piece[], bytes: Bytes) =>
  concatBytes(
    pieces.map((piece) =>
      piece instanceof Uint8Array ? piece : bytes.subarray(piece.from, piece.to),
    ),
  );

const equal = (ours: Bytes, expected: Bytes) =>
  expect(Buffer.from(ours).toString('hex')).toBe(Buffer.from(expected).toString('hex'));

const holds = <T>(what: fc.Arbitrary<T>, check: (value: T) => Promise<void>) =>
  fc.assert(fc.asyncProperty(what, check), { numRuns: RUNS, seed: 4 });

describe('Any data set', { timeout: 300_000 }, () => {
  it('is read as it was written', async () => {
    await holds(written, async ({ nodes, syntax }) => {
      const bytes = bytesOfNodes(nodes, syntax);
      const { dataset, isComplete, problems, end } = await read(bytes, syntax);
      expect([isComplete, problems, end]).toEqual([true, [], bytes.length]);
      expect(nodesRead(dataset, bytes)).toEqual(nodes);
    });
  });

  it('is written as it was read, byte for byte, when nothing changes', async () => {
    await holds(written, async ({ nodes, syntax }) => {
      const bytes = bytesOfNodes(nodes, syntax);
      const { dataset } = await read(bytes, syntax);
      const pieces = spliceDataset(dataset, ({ items }) => ({ kind: items ? 'enter' : 'keep' }));
      equal(put(pieces, bytes), bytes);
    });
  });

  it('comes back from another encoding as it was', async () => {
    const convert = async (bytes: Bytes, from: TransferSyntax, to: TransferSyntax) => {
      const transcoded = transcodeDataset(await read(bytes, from), to);
      const out = await Array.fromAsync(transcodedBytes(transcoded, bufferSource(bytes)));
      return concatBytes(out);
    };
    const cases = fc.oneof(
      fc.record({ nodes: nodesOf(3, ALL), from: explicit, to: explicit }),
      fc.record({ nodes: nodesOf(3, KNOWN), from: anySyntax, to: anySyntax }),
    );
    await holds(cases, async ({ nodes, from, to }) => {
      const bytes = bytesOfNodes(nodes, from);
      const there = await convert(bytes, from, to);
      equal(there, bytesOfNodes(nodes, to));
      equal(await convert(there, to, from), bytes);
    });
  });
});

/** A place in a data set, at any depth: where it is, and where the element was read. */
interface Place {
  readonly path: readonly number[];
  readonly element: Element;
}

function placesOf(dataset: Dataset, path: readonly number[] = []): Place[] {
  return dataset.elements.flatMap((element, i) => [
    { path: [...path, i], element },
    ...(element.items ?? []).flatMap((item, j) => placesOf(item.dataset, [...path, i, j])),
  ]);
}

/** Elements with one of them, at a path of element, item, element…, taken out or put in place. */
function changed(
  nodes: readonly Node[],
  [at = 0, item, ...rest]: readonly number[],
  change: (node: Node) => readonly Node[],
): readonly Node[] {
  return nodes.flatMap((node, i) => {
    if (i !== at) return [node];
    if (item === undefined || node.kind !== 'sequence') return change(node);
    const items = node.items.map((entry, j) =>
      j === item ? { ...entry, nodes: changed(entry.nodes, rest, change) } : entry,
    );
    return [{ ...node, items }];
  });
}

describe('An edit anywhere', { timeout: 300_000 }, () => {
  const NEW = Uint8Array.from('NEW VALUE!', (letter) => letter.charCodeAt(0));

  it('changes that element and the lengths around it, and nothing else', async () => {
    const cases = fc.record({ what: written, at: fc.nat(), removes: fc.boolean() });
    await holds(cases, async ({ what: { nodes, syntax }, at, removes }) => {
      const bytes = bytesOfNodes(nodes, syntax);
      const { dataset } = await read(bytes, syntax);
      const places = placesOf(dataset);
      const place = places[at % Math.max(1, places.length)];
      if (!place) return;
      const isValue = place.element.items === undefined && place.element.fragments === undefined;
      const edit: Edit = removes || !isValue ? { kind: 'remove' } : { kind: 'replace', value: NEW };
      let littleEndian = true;
      const pieces = spliceDataset(dataset, (element, enclosing) => {
        if (element !== place.element) return { kind: element.items ? 'enter' : 'keep' };
        littleEndian = enclosing.littleEndian;
        return edit;
      });
      const expected = changed(nodes, place.path, (node) => {
        if (edit.kind === 'remove' || node.kind !== 'value') return [];
        // What replaces a value is written as it is given; the values of nodes are little endian.
        const value = littleEndian ? NEW : swapBytes(NEW.slice(), swapWidth(node.vr));
        return [{ ...node, value }];
      });
      equal(put(pieces, bytes), bytesOfNodes(expected, syntax));
    });
  });

  it('adds an element in its place, or in the place of the one that has its tag', async () => {
    const tags = fc.constantFrom(
      Tag.SOPClassUID,
      Tag.SelectorLOValue,
      Tag.SelectorUTValue,
      0x7fe10010,
    );
    const cases = fc.record({ what: written, tag: tags });
    await holds(cases, async ({ what: { nodes, syntax }, tag }) => {
      const bytes = bytesOfNodes(nodes, syntax);
      const { dataset } = await read(bytes, syntax);
      const added = { tag, vr: 'LO', value: NEW } as const;
      const pieces = spliceDataset(dataset, () => ({ kind: 'keep' }), [added]);
      const others = nodes.filter((node) => node.tag !== tag);
      const expected = [...others, { kind: 'value' as const, ...added }].sort(
        (a, b) => a.tag - b.tag,
      );
      equal(put(pieces, bytes), bytesOfNodes(expected, syntax));
    });
  });
});
