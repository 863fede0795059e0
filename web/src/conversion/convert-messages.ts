/** A data set to convert, without meta information. */
export interface ConvertRequest {
  readonly id: number;
  readonly dataset: Blob;
  readonly transferSyntaxUid: string;
  readonly targetUid: string;
}

/** The data set in its new transfer syntax; undefined when it could not be converted. */
export interface ConvertReply {
  readonly id: number;
  readonly dataset: Blob | undefined;
}
