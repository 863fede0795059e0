/** What the settings offer, MiB. */
export const IMAGE_MEMORY_CHOICES: readonly number[] = [256, 512, 768, 1024, 2048, 4096];

const DEFAULT_MIB = 768;
const KEY = 'gantry-image-memory';

/** How much memory decoded images may take in this browser, MiB. */
export function loadImageMemory(): number {
  const kept = Number(localStorage.getItem(KEY));
  return IMAGE_MEMORY_CHOICES.includes(kept) ? kept : DEFAULT_MIB;
}

export const saveImageMemory = (mib: number): void => localStorage.setItem(KEY, String(mib));
