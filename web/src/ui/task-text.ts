/** Words of what the bridge does by itself: storage commitment and forwarding. */
export const taskText = {
  committed: (committed: number, asked: number) => `Committed ${committed} of ${asked}`,
  commitmentWaiting: (waiting: number) => `${waiting} not reported yet`,
  commitmentFailed: (failed: number) => `${failed} not kept`,
  refused: 'What is not kept',
  commitment: (peer: string) => `Storage commitment by ${peer}`,
  /** Of a study in the archive. */
  keptSafely: (peer: string, count: number, total: number) =>
    count >= total
      ? `Kept safely by ${peer}`
      : `${count} of ${total} instances kept safely by ${peer}`,
  askToKeep: 'Ask it to keep safely what is sent to it (storage commitment)',
  reportsBehind: 'When it asks Gantry to keep something: answer over the same connection',
  onFailure: 'After an instance that it refuses',
  onFailureDefault: 'Sending goes on, forwarding tries again',
  onFailureStop: 'Stop',
  onFailureContinue: 'Go on with the others',
  onFailureRetry: 'Go on; forwarding tries it again, 15 times, later and later',
  waiting: 'Waiting',
  reported: 'Reported',
  forward: (title: string) => (title === '' ? 'Forward' : `Forward ${title}`),
  states: { queued: 'Queued', sending: 'Sending', failed: 'Failed', done: 'Done' },
  counts: (sent: number, queued: number, failed: number) =>
    [
      `${sent} sent`,
      ...(queued > 0 ? [`${queued} queued`] : []),
      ...(failed > 0 ? [`${failed} failed`] : []),
    ].join(', '),
  byRule: (rule: string) => `Rule “${rule}”`,
  retry: 'Try again now',
  delete: 'Delete from the queue',
  dismiss: 'Remove from the list',
  rules: 'Forwarding',
  rulesHint:
    'What others store here and a rule names goes on to a peer by itself. It never goes back to where it came from.',
  rulesEmpty: 'No rule: nothing is forwarded.',
  addRule: 'Add rule',
  ruleTitleNew: 'New rule',
  ruleTitleEdit: 'Edit rule',
  ruleName: 'Name of the rule',
  ruleTaken: 'Another rule has this name.',
  to: 'To',
  choosePeer: 'Choose a peer',
  noSuchPeer: (peer: string) => `There is no peer ${peer}.`,
  what: 'What',
  kinds: {
    study: 'The whole study, once nothing more comes',
    'secondary-captures': 'Secondary Capture alone, at once',
    instances: 'Each instance that comes, at once',
  },
  quietSeconds: 'Seconds without anything new before a study goes',
  callingAeTitles: 'Sent by these AE titles, one a line; empty for any',
  calledAeTitles: 'Sent to these AE titles of Gantry, one a line; empty for any',
  modalities: 'Modalities, such as CT MR; empty for any',
  sopClasses: 'SOP classes, by UID; empty for any',
} as const;
