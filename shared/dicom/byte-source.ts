/** Where an instance is read from: a `File`, a file handle, a buffer, a part of one of them. */
export interface ByteSource {
  /** Length of the whole source in bytes. */
  readonly size: number;
  /**
   * Reads up to `length` bytes at `offset`; fewer only where the source ends.
   * Rejects when the source can't be read any more (removed, changed, no permission).
   */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** A source that lies in memory. */
export function bufferSource(bytes: Uint8Array<ArrayBuffer>): ByteSource {
  return {
    size: bytes.byteLength,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
  };
}

/** A piece of a source that is passed on without being read into memory: bytes `from` ≤ i < `to`. */
export interface SourceRange {
  readonly from: number;
  readonly to: number;
}

/** New bytes, or a range of the source that stays as it is. */
export type Piece = Uint8Array<ArrayBuffer> | SourceRange;

export const isRange = (piece: Piece): piece is SourceRange => !(piece instanceof Uint8Array);

/** Length of a piece in bytes. */
export const pieceLength = (piece: Piece): number =>
  isRange(piece) ? piece.to - piece.from : piece.byteLength;
