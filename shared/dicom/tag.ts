/** A data element tag as one unsigned 32-bit number: group in the high half, element in the low one. */
export type TagNumber = number;

const hex4 = (value: number) => value.toString(16).toUpperCase().padStart(4, '0');

/** The tag's group number. */
export const groupOf = (tag: TagNumber): number => tag >>> 16;

/** The tag's element number within its group. */
export const elementOf = (tag: TagNumber): number => tag & 0xffff;

/** Group and element joined to one number. */
export const tagOf = (group: number, element: number): TagNumber => ((group << 16) | element) >>> 0;

/** Odd groups are private (PS3.5 section 7.8). */
export const isPrivate = (tag: TagNumber): boolean => (tag & 0x10000) !== 0;

/** (gggg,0000): the retired group length, still found in old files. */
export const isGroupLength = (tag: TagNumber): boolean => (tag & 0xffff) === 0;

/** A tag as the standard prints it, for example "(0010,0020)". */
export const formatTag = (tag: TagNumber): string =>
  `(${hex4(groupOf(tag))},${hex4(elementOf(tag))})`;

/** Item, item delimitation and sequence delimitation (PS3.5 section 7.5): they carry no value representation. */
export const ITEM = 0xfffee000;
export const ITEM_DELIMITATION = 0xfffee00d;
export const SEQUENCE_DELIMITATION = 0xfffee0dd;
