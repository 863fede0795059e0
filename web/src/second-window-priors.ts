import type { HandedStudy } from './handed-study.ts';
import type { LibraryStudy, StudyListing } from './library/library.ts';
import type { PriorActions, PriorStudy } from './ui/actions.ts';

/** What the second window asks the first one, which knows the peers. */
export type PriorQuestion =
  | { readonly kind: 'find'; readonly study: StudyListing }
  | { readonly kind: 'load'; readonly studyInstanceUid: string };

type Answer =
  | { readonly kind: 'found'; readonly found: readonly PriorStudy[] }
  | { readonly kind: 'ended'; readonly problems: readonly string[] }
  | { readonly kind: 'loaded'; readonly study: HandedStudy | undefined }
  | { readonly kind: 'failed'; readonly message: string };

/**
 * Other studies of the patient, asked of the first window. An answer's port is closed with the question.
 *
 * @param takeOver makes a study of what was handed over
 */
export function askForPriors(
  ask: (question: PriorQuestion, reply: MessagePort) => void,
  takeOver: (handed: HandedStudy) => LibraryStudy,
): PriorActions {
  const asked = (
    question: PriorQuestion,
    onAnswer: (answer: Answer, end: () => void) => void,
  ): MessagePort => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }: MessageEvent<Answer>) => onAnswer(data, () => port1.close());
    ask(question, port2);
    return port1;
  };
  return {
    find: (study, onFound, signal) =>
      new Promise((resolve) => {
        const port = asked({ kind: 'find', study: listed(study) }, (answer, end) => {
          if (answer.kind === 'found') return onFound(answer.found);
          end();
          if (answer.kind === 'ended') resolve(answer.problems);
          else if (answer.kind === 'failed') resolve([answer.message]);
        });
        signal.addEventListener('abort', () => {
          port.postMessage('stop');
          resolve([]);
        });
      }),
    load: ({ study: { studyInstanceUid } }) =>
      new Promise((resolve, reject) => {
        asked({ kind: 'load', studyInstanceUid }, (answer, end) => {
          end();
          if (answer.kind === 'loaded') resolve(answer.study && takeOver(answer.study));
          else if (answer.kind === 'failed') reject(new Error(answer.message));
        });
      }),
  };
}

/** Answers such questions by what this window can do itself. */
export function answerForPriors(
  priors: PriorActions,
  handOver: (study: LibraryStudy) => HandedStudy,
): (question: PriorQuestion, reply: MessagePort) => Promise<void> {
  const known = new Map<string, PriorStudy>();
  return async (question, reply) => {
    const tell = (answer: Answer) => reply.postMessage(answer);
    try {
      if (question.kind === 'load') {
        const prior = known.get(question.studyInstanceUid);
        const study = prior && (await priors.load(prior));
        tell({ kind: 'loaded', study: study && handOver(study) });
        return;
      }
      const stop = new AbortController();
      reply.onmessage = () => stop.abort();
      const onFound = (found: readonly PriorStudy[]) => {
        for (const prior of found) known.set(prior.study.studyInstanceUid, prior);
        tell({
          kind: 'found',
          found: found.map(({ study, place }) => ({ study: listed(study), place })),
        });
      };
      tell({ kind: 'ended', problems: await priors.find(question.study, onFound, stop.signal) });
    } catch (error) {
      tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  };
}

/** Without its series, whose files can't go from window to window so. */
function listed(study: StudyListing & { readonly series?: unknown }): StudyListing {
  const { series: _, ...listing } = study;
  return listing;
}
