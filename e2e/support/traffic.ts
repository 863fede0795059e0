import type { Page } from '@playwright/test';

/** Every frame of the page's WebSockets and the address of every request, as one text to be searched. */
export function recordFrames(page: Page): { everything(): string } {
  const parts: string[] = [];
  page.on('request', (request) => parts.push(request.url()));
  page.on('websocket', (socket) => {
    parts.push(socket.url());
    socket.on('framesent', ({ payload }) => parts.push(payload.toString('latin1')));
    socket.on('framereceived', ({ payload }) => parts.push(payload.toString('latin1')));
  });
  return { everything: () => parts.join('\n') };
}
