// What the tests use of a library without types.
declare module 'dcmjs' {
  interface DcmjsDataset {
    readonly [tag: string]: { readonly vr: string; readonly Value?: unknown };
  }
  const dcmjs: {
    readonly data: {
      readonly DicomMessage: {
        readFile(bytes: ArrayBuffer, options?: object): { readonly dict: DcmjsDataset };
      };
    };
    readonly log: { setLevel(level: 'silent'): void };
  };
  export default dcmjs;
}
