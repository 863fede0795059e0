/** Words of what a peer takes. */
export const reportText = {
  title: (peer: string) => `What ${peer} takes`,
  asking: (done: number, total: number) =>
    done === 0 ? 'Asking …' : `Asking: ${done} of ${total} associations`,
  software: 'Software',
  implementation: 'Implementation',
  unsaid: 'not said',
  pdu: 'Largest PDU',
  pduLength: (bytes: number | undefined) =>
    bytes === undefined ? 'not said' : bytes === 0 ? 'any' : `${bytes} bytes`,
  services: 'Services',
  yes: 'yes',
  no: 'no',
  storage: (taken: number, asked: number) => `Storage: ${taken} of ${asked} SOP classes`,
  search: 'Search SOP classes',
  classes: 'Storage SOP classes',
  sopClass: 'SOP class',
  common: (names: string) => `All of them in ${names}.`,
  syntaxes: 'Further transfer syntaxes',
} as const;
