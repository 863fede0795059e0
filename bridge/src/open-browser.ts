import { spawn } from 'node:child_process';

/** Opens a URL in the user's browser, where there is a desktop. What fails is left to the printed link. */
export function openBrowser(url: string): void {
  const command = commandFor(url);
  if (!command) return;
  const [name, ...args] = command;
  const child = spawn(name, args, { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}

function commandFor(url: string): [string, ...string[]] | undefined {
  switch (process.platform) {
    case 'win32':
      return ['rundll32', 'url.dll,FileProtocolHandler', url];
    case 'darwin':
      return ['open', url];
    default: {
      const hasDesktop = process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY'];
      return hasDesktop ? ['xdg-open', url] : undefined;
    }
  }
}
