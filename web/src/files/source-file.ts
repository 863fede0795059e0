import type { ByteSource } from '../../../shared/dicom/byte-source.ts';

/** A file that the user dropped or picked. Nothing of it is read before `open`. */
export interface SourceFile {
  /** Folders and name, joined by "/", from what the user chose on: "study/series/IM0001". */
  readonly path: string;
  /** Opens it; rejects when it can't be read any more. For entries of archives this unpacks them. */
  open(): Promise<File>;
  /** Reads parts of it without fetching the whole, where that is cheaper than open(). */
  readonly ranges?: () => ByteSource;
  /** Where the browser gives one: can be kept, and opened again after a reload. */
  readonly handle?: FileSystemFileHandle;
  /** The folder that was dropped or picked: permission to it covers the files in it. */
  readonly root?: FileSystemDirectoryHandle;
}

/** A file, or a folder, that could not be looked into. */
export interface UnreadableSource {
  readonly path: string;
  /** In words for a person. */
  readonly reason: string;
}

/** What a walk through a drop or a folder finds, one by one. */
export type Found =
  | { readonly kind: 'file'; readonly file: SourceFile }
  | { readonly kind: 'unreadable'; readonly source: UnreadableSource };

export const found = (file: SourceFile): Found => ({ kind: 'file', file });

export const unreadable = (path: string, reason: string): Found => ({
  kind: 'unreadable',
  source: { path, reason },
});

/** A file that is there already. */
export const sourceOf = (file: File, path: string): SourceFile => ({
  path,
  open: () => Promise.resolve(file),
});
