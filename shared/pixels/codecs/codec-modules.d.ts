// The codec packages bring no declarations: what Gantry uses of them.

declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  const factory: import('./wasm-module.ts').WasmFactory;
  export default factory;
}
declare module '@cornerstonejs/codec-charls/wasmjs' {
  const factory: import('./wasm-module.ts').WasmFactory;
  export default factory;
}
declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  const factory: import('./wasm-module.ts').WasmFactory;
  export default factory;
}
declare module '@cornerstonejs/codec-openjpeg/wasmjs' {
  const factory: import('./wasm-module.ts').WasmFactory;
  export default factory;
}
declare module '@cornerstonejs/codec-openjph/wasmjs' {
  const factory: import('./wasm-module.ts').WasmFactory;
  export default factory;
}
declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  const factory: import('./wasm-module.ts').WasmFactory;
  export default factory;
}
declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/wasmjs' {
  const factory: import('./wasm-module.ts').WasmFactory;
  export default factory;
}
