import type { Sound } from '../deidentify/sound.ts';

/** Plays a sound once. @returns stops it */
export function playSound({ channels, samplesPerSecond }: Sound, onEnd: () => void): () => void {
  const context = new AudioContext();
  const length = Math.max(1, channels[0]?.length ?? 0);
  const buffer = context.createBuffer(channels.length, length, samplesPerSecond);
  for (const [i, samples] of channels.entries()) buffer.copyToChannel(samples, i);
  const player = new AudioBufferSourceNode(context, { buffer });
  player.connect(context.destination);
  player.addEventListener('ended', () => {
    void context.close();
    onEnd();
  });
  player.start();
  return () => player.stop();
}
