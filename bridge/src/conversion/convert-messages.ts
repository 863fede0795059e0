/** What the bridge says to the thread that converts. */
export type ToConverter =
  | {
      readonly id: number;
      readonly kind: 'begin';
      /** A data set, without file meta information. */
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly transferSyntaxUid: string;
      /** Explicit VR Little Endian, or a compressed syntax that loses nothing. */
      readonly targetUid: string;
    }
  /** One more chunk is wanted: what isn't asked for isn't decoded. */
  | { readonly id: number; readonly kind: 'next' }
  | { readonly id: number; readonly kind: 'drop' };

export type FromConverter =
  /** `length` is that of all chunks, in bytes. */
  | { readonly id: number; readonly kind: 'begun'; readonly length: number }
  | { readonly id: number; readonly kind: 'chunk'; readonly bytes: Uint8Array }
  | { readonly id: number; readonly kind: 'ended' }
  | { readonly id: number; readonly kind: 'failed'; readonly message: string };
