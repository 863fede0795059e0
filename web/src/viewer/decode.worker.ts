import charlsWasm from '@cornerstonejs/codec-charls/decodewasm?url';
import libjpegTurboWasm from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm?url';
import openjpegWasm from '@cornerstonejs/codec-openjpeg/decodewasm?url';
import openjphWasm from '@cornerstonejs/codec-openjph/wasm?url';
import jxlOxideWasm from 'jxl-oxide-wasm/module.wasm?url';
import { createCodecs, type DecoderName } from '../../../shared/pixels/codecs/codecs.ts';
import { PixelError } from '../../../shared/pixels/pixel-error.ts';
import type { DecodeReply, DecodeRequest } from './decode-messages.ts';
import { runDecodeRequest } from './decode-request.ts';

const WASM_URLS: Readonly<Record<DecoderName, string>> = {
  charls: charlsWasm,
  openjpeg: openjpegWasm,
  openjph: openjphWasm,
  'libjpeg-turbo': libjpegTurboWasm,
  'jxl-oxide': jxlOxideWasm,
};

const codecs = createCodecs((name: DecoderName) => ({ url: WASM_URLS[name] }));

const reply = (message: DecodeReply, transfer: Transferable[] = []) =>
  self.postMessage(message, { transfer });

async function run(request: DecodeRequest): Promise<void> {
  try {
    const result = await runDecodeRequest(request, codecs);
    const { buffer } = result.kind === 'values' ? result.values : result.rgba;
    const marks = result.kind === 'values' ? result.marks : undefined;
    const masks = [marks?.bits.buffer, marks?.colours?.buffer].filter((mask) => mask !== undefined);
    reply({ id: request.id, result }, [buffer, ...masks]);
  } catch (error) {
    const { code, message } =
      error instanceof PixelError
        ? error
        : ({ code: 'crash', message: 'The decoder failed.' } as const);
    reply({ id: request.id, error: { code, message } });
  }
}

self.addEventListener('message', (event: MessageEvent<DecodeRequest>) => {
  void run(event.data);
});
