import fc from 'fast-check';
import { swapBytes } from '../byte-order.ts';
import { dictionaryEntry } from '../dictionary.ts';
import type { Encoding } from '../element-header.ts';
import { concatBytes, elementHeader, itemHeader } from '../encode.ts';
import { ITEM, ITEM_DELIMITATION, SEQUENCE_DELIMITATION, type TagNumber } from '../tag.ts';
import * as Tag from '../tags.generated.ts';
import { ImplicitVrLittleEndian } from '../uids.ts';
import {
  hasLongLength,
  isText,
  swapWidth,
  valueWidth,
  VALUE_REPRESENTATIONS,
  type Vr,
} from '../vr.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** An element, of which the bytes in any encoding are known. Values are little endian. */
export type Node =
  | { readonly kind: 'value'; readonly tag: TagNumber; readonly vr: Vr; readonly value: Bytes }
  | {
      readonly kind: 'sequence';
      readonly tag: TagNumber;
      readonly vr: 'SQ' | 'UN';
      readonly isOpen: boolean;
      readonly items: readonly { readonly isOpen: boolean; readonly nodes: readonly Node[] }[];
    }
  | { readonly kind: 'fragments'; readonly tag: TagNumber; readonly fragments: readonly Bytes[] };

const OPEN = 0xffffffff;

/** The bytes of elements as a writer makes them that keeps to the standard. */
export function bytesOfNodes(nodes: readonly Node[], encoding: Encoding): Bytes {
  return concatBytes(nodes.map((node) => bytesOfNode(node, encoding)));
}

function bytesOfNode(node: Node, encoding: Encoding): Bytes {
  if (node.kind === 'value') {
    const { tag, vr, value } = node;
    const turned = encoding.littleEndian ? value : swapBytes(value.slice(), swapWidth(vr));
    return concatBytes([elementHeader(tag, vr, value.length, encoding), turned]);
  }
  if (node.kind === 'fragments') {
    const items = node.fragments.flatMap((bytes) => [itemHeader(ITEM, bytes.length, true), bytes]);
    const header = elementHeader(node.tag, 'OB', OPEN, encoding);
    return concatBytes([header, ...items, itemHeader(SEQUENCE_DELIMITATION, 0, true)]);
  }
  const inner = node.vr === 'UN' ? ImplicitVrLittleEndian : encoding;
  const { littleEndian } = inner;
  const items = node.items.flatMap(({ isOpen, nodes }) => {
    const bytes = bytesOfNodes(nodes, inner);
    return isOpen
      ? [
          itemHeader(ITEM, OPEN, littleEndian),
          bytes,
          itemHeader(ITEM_DELIMITATION, 0, littleEndian),
        ]
      : [itemHeader(ITEM, bytes.length, littleEndian), bytes];
  });
  const content = concatBytes(items);
  const length = node.isOpen ? OPEN : content.length;
  const end = node.isOpen ? [itemHeader(SEQUENCE_DELIMITATION, 0, littleEndian)] : [];
  return concatBytes([elementHeader(node.tag, node.vr, length, encoding), content, ...end]);
}

/** An attribute for each VR: those that select by a value (PS3.3 table C.23.1-2). */
const SELECTORS: readonly (readonly [TagNumber, Vr])[] = VALUE_REPRESENTATIONS.flatMap((vr) => {
  const tag = Object.entries(Tag).find(([keyword]) => keyword === `Selector${vr}Value`)?.[1];
  return tag !== undefined && dictionaryEntry(tag)?.vr === vr ? [[tag, vr] as const] : [];
});

const PRIVATE_CREATOR = 0x00090010;

const valueOf = (vr: Vr): fc.Arbitrary<Bytes> => {
  if (isText(vr)) {
    return fc.stringMatching(/^[A-Z0-9 .^]{0,12}$/).map((text) => {
      const padded = text.length % 2 === 0 ? text : `${text} `;
      return Uint8Array.from(padded, (letter) => letter.charCodeAt(0));
    });
  }
  const width = Math.max(2, valueWidth(vr));
  const count = hasLongLength(vr) ? 20 : 3;
  return fc
    .nat({ max: count })
    .chain((size) =>
      fc
        .uint8Array({ minLength: size * width, maxLength: size * width })
        .map((bytes) => Uint8Array.from(bytes)),
    );
};

const valueNode = (tag: TagNumber, vr: Vr): fc.Arbitrary<Node> =>
  valueOf(vr).map((value) => ({ kind: 'value', tag, vr, value }));

interface Shape {
  /** Private elements have VRs that an encoding without VRs loses. */
  readonly withPrivate: boolean;
  /** UN and encapsulated pixel data belong to Explicit VR. */
  readonly withUn: boolean;
}

/** Elements of all VRs, in the order of their tags, with sequences up to a depth. */
export function nodesOf(depth: number, shape: Shape): fc.Arbitrary<readonly Node[]> {
  const choices: fc.Arbitrary<readonly Node[]>[] = SELECTORS.map(([tag, vr]) =>
    valueNode(tag, vr).map((node) => [node]),
  );
  if (shape.withPrivate) {
    const creator: Node = {
      kind: 'value',
      tag: PRIVATE_CREATOR,
      vr: 'LO',
      value: Uint8Array.from('ACME', (letter) => letter.charCodeAt(0)),
    };
    choices.push(
      fc
        .constantFrom(...VALUE_REPRESENTATIONS.filter((vr) => vr !== 'SQ'))
        .chain((vr) => valueNode(0x00091001, vr))
        .map((node) => [creator, node]),
    );
  }
  if (depth > 0) choices.push(...sequences(depth, shape));
  return fc.array(fc.oneof(...choices), { maxLength: 6 }).map((lists) => {
    const byTag = new Map(lists.flat().map((node) => [node.tag, node]));
    return [...byTag.values()].sort((a, b) => a.tag - b.tag);
  });
}

function sequences(depth: number, shape: Shape): fc.Arbitrary<readonly Node[]>[] {
  const of = (tag: TagNumber, vr: 'SQ' | 'UN') => {
    const inner = vr === 'UN' ? { withPrivate: false, withUn: false } : shape;
    const item = fc.record({ isOpen: fc.boolean(), nodes: nodesOf(depth - 1, inner) });
    return fc
      .record({ isOpen: fc.boolean(), items: fc.array(item, { maxLength: 3 }) })
      .map(({ isOpen, items }): readonly Node[] => [{ kind: 'sequence', tag, vr, isOpen, items }]);
  };
  return [
    of(Tag.ReferencedImageSequence, 'SQ'),
    of(Tag.SourceImageSequence, 'SQ'),
    ...(shape.withUn ? [of(Tag.ReferencedStudySequence, 'UN')] : []),
  ];
}

/** Encapsulated pixel data: an offset table and fragments, to stand behind all else. */
export const fragmentsNode: fc.Arbitrary<Node> = fc
  .array(
    fc.nat({ max: 40 }).map((half) => Uint8Array.from({ length: 2 * half }, (_, i) => i)),
    { minLength: 1, maxLength: 6 },
  )
  .map((fragments) => ({ kind: 'fragments', tag: Tag.PixelData, fragments }));
