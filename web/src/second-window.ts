import type { SourceFile } from './files/source-file.ts';
import type { HandedStudy } from './handed-study.ts';
import type { LibraryStudy } from './library/library.ts';
import { answerForPriors, askForPriors, type PriorQuestion } from './second-window-priors.ts';
import type { PriorActions } from './ui/actions.ts';
import type { Companion, Lead } from './ui/companion.ts';

/** By this the page knows that it is a second window. The address says nothing else: not whose study it is. */
const HASH = '#second';
const READY = 'gantry: second window is ready';

/** What the second window begins with. */
interface Beginning {
  /** Prior studies that hang beside come after the one that the screen is of. */
  readonly studies: readonly HandedStudy[];
  readonly seriesInstanceUid: string;
}

type Message =
  | { readonly kind: 'lead'; readonly lead: Lead }
  | { readonly kind: 'prior'; readonly prior: HandedStudy }
  /** Wants a file; its answer goes to the port that comes with it. */
  | { readonly kind: 'open'; readonly file: number }
  /** Asks for other studies of the patient, or for one of them; its answers go to the port that comes with it. */
  | PriorQuestion
  | { readonly kind: 'closed' };

type Answer =
  | { readonly kind: 'file'; readonly file: File }
  | { readonly kind: 'failed'; readonly message: string };

/** Reads an instance of the archive. */
type ArchiveSource = (sopInstanceUid: string, size: number) => SourceFile;

export const isSecondWindow = (): boolean => location.hash === HASH && window.opener !== null;

/**
 * Opens a second window of a study, which lives as long as this page does. Calls back when it is there, and without it
 * when it is gone.
 *
 * @param studies the one that the screen is of, and those that hang beside
 * @returns false where the browser opens no window
 */
export function openSecondWindow(
  studies: readonly LibraryStudy[],
  seriesInstanceUid: string,
  archiveSource: ArchiveSource,
  priors: PriorActions,
  onCompanion: (companion: Companion | undefined) => void,
): boolean {
  const opened = window.open(`${location.pathname}${HASH}`, '', 'popup,width=1200,height=900');
  if (!opened) return false;
  const ending = new AbortController();
  const { signal } = ending;
  const close = (): void => {
    ending.abort();
    opened.close();
    onCompanion(undefined);
  };
  const hand = (event: MessageEvent<unknown>): void => {
    if (event.source !== opened || event.origin !== location.origin || event.data !== READY) return;
    const { port1, port2 } = new MessageChannel();
    const files: SourceFile[] = [];
    const beginning: Beginning = {
      studies: studies.map((study) => handOver(study, files)),
      seriesInstanceUid,
    };
    opened.postMessage(beginning, location.origin, [port2]);
    onCompanion(
      companionOf({ port: port1, files, archiveSource, priors }, () => !opened.closed, close),
    );
  };
  window.addEventListener('message', hand, { signal });
  window.addEventListener('pagehide', close, { signal });
  return true;
}

/** Takes the studies over from the window that opened this one. */
export function joinFirstWindow(archiveSource: ArchiveSource): Promise<{
  studies: readonly LibraryStudy[];
  seriesInstanceUid: string;
  companion: Companion;
  /** By the first window: this one has no way to peers. */
  priors: PriorActions;
}> {
  const first = window.opener as Window; // isSecondWindow() has seen it
  return new Promise((resolve) => {
    const take = (event: MessageEvent<unknown>): void => {
      const [port] = event.ports;
      if (event.source !== first || event.origin !== location.origin || !port) return;
      window.removeEventListener('message', take);
      const { studies, seriesInstanceUid } = event.data as Beginning; // of the same origin and build
      const leave = () => post(port, { kind: 'closed' });
      const close = () => {
        leave();
        window.close();
      };
      const link: Link = { port, files: [], archiveSource };
      const companion = companionOf(link, () => !first.closed, close);
      window.addEventListener('pagehide', leave);
      resolve({
        studies: studies.map((study) => studyOf(study, link)),
        seriesInstanceUid,
        companion,
        priors: askForPriors(
          (question, reply) => port.postMessage(question, [reply]),
          (handed) => studyOf(handed, link),
        ),
      });
    };
    window.addEventListener('message', take);
    first.postMessage(READY, location.origin);
  });
}

/** What one window has of the other. */
interface Link {
  readonly port: MessagePort;
  /** What was handed over from here. */
  readonly files: SourceFile[];
  readonly archiveSource: ArchiveSource;
  /** Of the first window. */
  readonly priors?: PriorActions;
}

/** @param files takes the files of the study up */
const handOver = ({ series, ...study }: LibraryStudy, files: SourceFile[]): HandedStudy => ({
  study,
  series: series.map(({ instances, ...rest }) => ({
    ...rest,
    instances: instances.map(({ summary, size, lastModified, source }) => ({
      summary,
      size,
      lastModified,
      path: source.path,
      isRemote: source.ranges !== undefined,
      file: files.push(source) - 1,
    })),
  })),
});

const studyOf = ({ study, series }: HandedStudy, { port, archiveSource }: Link): LibraryStudy => ({
  ...study,
  series: series.map((entry) => ({
    ...entry,
    instances: entry.instances.map(({ summary, size, lastModified, path, isRemote, file }) => ({
      summary,
      size,
      lastModified,
      source: isRemote
        ? archiveSource(summary.sopInstanceUid, size)
        : { path, open: () => askFor(port, file) },
    })),
  })),
});

const post = (port: MessagePort, message: Message, transfer: Transferable[] = []): void =>
  port.postMessage(message, transfer);

function askFor(port: MessagePort, file: number): Promise<File> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve, reject) => {
    port1.onmessage = ({ data }: MessageEvent<Answer>) => {
      port1.close();
      if (data.kind === 'file') resolve(data.file);
      else reject(new Error(data.message));
    };
    post(port, { kind: 'open', file }, [port2]);
  });
}

function companionOf(link: Link, isOpen: () => boolean, close: () => void): Companion {
  const { port, files } = link;
  const listeners = new Set<(lead: Lead) => void>();
  const priorListeners = new Set<(prior: LibraryStudy) => void>();
  let last: Lead | undefined;
  const answerPriors =
    link.priors && answerForPriors(link.priors, (study) => handOver(study, files));
  port.onmessage = ({ data, ports: [reply] }: MessageEvent<Message>) => {
    if (data.kind === 'lead') {
      last = data.lead;
      for (const listener of listeners) listener(data.lead);
    } else if (data.kind === 'prior') {
      const prior = studyOf(data.prior, link);
      for (const listener of priorListeners) listener(prior);
    } else if (data.kind === 'open') void answer(files[data.file], reply);
    else if (data.kind === 'closed') close();
    else if (reply) void answerPriors?.(data, reply);
  };
  return {
    tell: (lead) => post(port, { kind: 'lead', lead }),
    share: (prior) => post(port, { kind: 'prior', prior: handOver(prior, files) }),
    onPrior: (listener) => {
      priorListeners.add(listener);
      return () => void priorListeners.delete(listener);
    },
    listen: (listener) => {
      listeners.add(listener);
      // The screen may come after the first word.
      if (last) listener(last);
      return () => void listeners.delete(listener);
    },
    isOpen,
    close,
  };
}

async function answer(source: SourceFile | undefined, reply: MessagePort | undefined) {
  const tell = (what: Answer) => reply?.postMessage(what);
  try {
    if (!source) throw new Error('There is no such file.');
    tell({ kind: 'file', file: await source.open() });
  } catch (error) {
    tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
}
