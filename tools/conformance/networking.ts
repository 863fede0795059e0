// Section N of PS3.2: what Gantry says and takes on the network.
import { DEFAULT_MAX_PDU_LENGTH } from '../../bridge/src/dimse/association.ts';
import { REJECTION } from '../../bridge/src/dimse/association-policy.ts';
import { IDENTIFIER_SYNTAXES, MAX_IDENTIFIER_LENGTH } from '../../bridge/src/dimse/identifier.ts';
import {
  DEFAULT_MAX_ASSOCIATIONS,
  DEFAULT_MAX_ASSOCIATIONS_PER_HOST,
} from '../../bridge/src/dimse/listener.ts';
import { MAX_CONTEXTS } from '../../bridge/src/dimse/negotiation.ts';
import { QUERY_SYNTAXES } from '../../bridge/src/dimse/query-scp.ts';
import { ACCEPTED_SYNTAXES, STORAGE_INFORMATION } from '../../bridge/src/dimse/storage-scp.ts';
import { associationTimers } from '../../bridge/src/dimse/upper-layer/timers.ts';
import type { Configuration } from '../../bridge/src/configuration/configuration.ts';
import {
  IMPLEMENTATION_CLASS_UID,
  IMPLEMENTATION_VERSION_NAME,
  transferSyntaxOf,
} from '../../shared/dicom/uids.ts';
import { MAX_PARALLEL_RETRIEVES } from '../../shared/protocol/limits.ts';
import { presetOf, PRESET_NAMES } from '../../shared/protocol/presets.ts';
import { LOSSLESS_SYNTAXES } from '../../shared/pixels/encode/compressed-syntaxes.ts';
import { queryKeysAsScp, queryKeysAsScu, worklistKeys } from './keys.ts';
import { document, list, seconds, size, table } from './markdown.ts';
import { services, storageClasses } from './services.ts';
import { answeredStatuses, commitmentFailures, treatedStatuses } from './statuses.ts';

const syntaxes = (uids: readonly string[]): string =>
  table(
    ['Preference', 'Name', 'UID'],
    uids.map((uid, index) => [index + 1, transferSyntaxOf(uid).name, uid]),
  );

const names = (uids: readonly string[]): string =>
  uids.map((uid) => transferSyntaxOf(uid).name).join(', ');

const TIMER_WORDS: Readonly<Record<keyof ReturnType<typeof associationTimers>, string>> = {
  connectMs: 'name lookup, TCP connection and TLS handshake',
  artimMs: 'ARTIM (PS3.8 section 9.1.4)',
  associationReplyMs: 'answer to A-ASSOCIATE-RQ',
  dimseReplyMs: 'response to a request; A-RELEASE-RP',
  retrieveReplyMs: 'between two responses of C-MOVE and C-GET',
  idleMs: 'an association over which nothing is asked',
  progressMs: 'a transfer that moves nothing',
  readMs: 'the same for what comes, where it differs',
  writeMs: 'the same for what is taken, where it differs',
  placeMs: 'a peer that waits for a place',
};

export function networking({ settings, dicom, commitment }: Configuration): string {
  const timers = associationTimers();
  const classes = storageClasses();
  const title = settings.aeTitle;
  const storageLevels = `level ${STORAGE_INFORMATION[0] ?? 0} (all attributes are kept), no coercion`;
  return document(
    '## Networking',
    '### Implementation model',
    'A page in a browser and a bridge beside it. The bridge alone speaks DICOM; what the page asks for, it does. Verification, Storage, Query/Retrieve and Storage Commitment are answered as soon as the bridge runs, with or without a page. What comes is in the archive before it is answered.',
    table(
      ['Activity', 'Begun by', 'Services'],
      [
        [
          'Test of a peer',
          'a user',
          'Verification SCU; associations that propose all classes, to report what is taken',
        ],
        [
          'Search',
          'a user',
          'Query SCU: studies, then the series of a study and the images of a series',
        ],
        ['Worklist', 'a user', 'Modality Worklist SCU'],
        ['Retrieve', 'a user', 'C-MOVE to this AE, or C-GET, as the peer is set'],
        ['Send', 'a user', 'Storage SCU, de-identified or as it is'],
        ['Forwarding', 'a rule, when something is stored', 'Storage SCU'],
        [
          'Storage commitment of what was sent',
          'the end of a transfer, where the peer is set so',
          'Storage Commitment SCU',
        ],
        ['Storage, queries, retrieves, commitment', 'a peer', 'the same as SCP'],
      ],
    ),
    '### Application entity',
    table(
      ['AE', 'Default AE title', 'Default address'],
      [['First', title, dicom ? `${dicom.host}:${dicom.port}` : 'off']],
    ),
    'Further AEs, each with AE title, port, TLS, SOP classes and callers of its own, are settings. Beyond loopback the AE titles and addresses that may call are a setting that must be made.',
    '#### SOP classes',
    table(
      ['SOP class', 'UID', 'SCU', 'SCP'],
      services().map(([name, uid, isScu, isScp]) => [
        name,
        uid,
        isScu ? 'yes' : '',
        isScp ? 'yes' : '',
      ]),
    ),
    'Storage classes, each as SCU and SCP:',
    table(['SOP class', 'UID'], classes.standard),
    'Retired, as SCU and SCP:',
    table(['SOP class', 'UID'], classes.retired),
    'Private, as SCU and SCP; they are stored, listed and passed on as they are:',
    table(['SOP class', 'UID'], classes.private),
    'A storage class of the standard that is newer than these tables (a UID below 1.2.840.10008.5.1.4.1.1) is taken too; others are by a setting (`acceptUnknownClasses`).',
    '#### Association policies',
    table(
      ['', 'Value'],
      [
        ['Application context', '1.2.840.10008.3.1.1.1'],
        ['Maximum PDU length received, default', size(DEFAULT_MAX_PDU_LENGTH)],
        ['Associations of others at a time, default', DEFAULT_MAX_ASSOCIATIONS],
        ['of them from one address, default', DEFAULT_MAX_ASSOCIATIONS_PER_HOST],
        ['Presentation contexts of an association', MAX_CONTEXTS],
        [
          'Retrieves from one peer side by side, default and at most',
          `2, ${MAX_PARALLEL_RETRIEVES}`,
        ],
        ['Identifier of a query or retrieve, at most', size(MAX_IDENTIFIER_LENGTH)],
        ['Asynchronous operations window', '1 invoked, 1 performed: not negotiated'],
        ['Implementation Class UID', IMPLEMENTATION_CLASS_UID],
        ['Implementation Version Name', IMPLEMENTATION_VERSION_NAME],
      ],
    ),
    'Timers, each a setting:',
    table(
      ['Timer', 'Default', 'Of'],
      Object.entries(TIMER_WORDS).map(([name, words]) => [
        name.replace(/Ms$/, ''),
        // A cast: the keys of the timers.
        seconds(timers[name as keyof typeof timers]),
        words,
      ]),
    ),
    'Associations of others are rejected with:',
    table(
      ['Why', 'Result', 'Source', 'Reason'],
      Object.entries(REJECTION).map(([why, { result, source, reason }]) => [
        why.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace(' ae ', ' AE '),
        result,
        source,
        reason,
      ]),
    ),
    '#### Extended negotiation and roles',
    table(
      ['Negotiation', 'As requestor', 'As acceptor'],
      [
        ['Storage, SOP Class Extended (PS3.4 section B.3.1)', 'not proposed', storageLevels],
        [
          'Query, SOP Class Extended (PS3.4 section C.5.1.1)',
          'relational queries and fuzzy names, where the peer is set so',
          'relational queries, dates and times as one',
        ],
        ['Retrieve, SOP Class Extended', 'not proposed', 'relational retrieves'],
        [
          'SCP/SCU role (PS3.7 section D.3.3.4)',
          'SCP of the storage classes of a C-GET; SCP of Storage Commitment for reports',
          'SCP of storage classes for C-GET; SCP of Storage Commitment for reports',
        ],
        [
          'User identity (PS3.7 section D.3.3.7)',
          'username, or username and passcode, where the peer is set so',
          'the same two, where users are set; Kerberos, SAML and JSON Web Tokens are refused',
        ],
      ],
    ),
    '#### Transfer syntaxes',
    `Verification: ${names(QUERY_SYNTAXES)}, in this order as SCP; Implicit VR Little Endian as SCU.`,
    `Query, Retrieve, Worklist: ${names(QUERY_SYNTAXES)}, in this order as SCP; ${names(IDENTIFIER_SYNTAXES)} as SCU. Storage Commitment both ways: ${names(IDENTIFIER_SYNTAXES)}.`,
    'Storage as SCP: of several in one presentation context the first of this list is taken, unless a setting says otherwise. Nothing is converted on receipt.',
    syntaxes(ACCEPTED_SYNTAXES),
    `Storage as SCU: the syntax that the instance has, in a presentation context of its own; beside it the uncompressed ones, and behind them ${LOSSLESS_SYNTAXES.map(({ name }) => name).join(', ')}. An instance goes in its own where the peer takes that; else it is decoded, written in another order of bytes, or compressed without loss. What loses something is never chosen.`,
    '### Storage',
    list([
      'As SCP: success is answered once the instance is on disk. Data sets are kept as they come, private elements included.',
      'An instance whose UID is in the archive replaces it (default), is dropped with success (preset CMR), or is refused with 0111H. Under another study or series it is refused.',
      'By setting a study is final some time after its last instance: another instance of a UID that it has is then discarded (B006H).',
      'SOP Class, SOP Instance, Study and Series Instance UID must be there; the first two must be those of the command (A900H, with Offending Element). By setting (preset XCE) an image must have what describes its pixels, and the pixels.',
      'As SCU: each instance has a result of its own. After a lost association it is tried again over another.',
    ]),
    '### Query and retrieve as SCU',
    'Study Root. A query without any key is refused unless the peer is set otherwise; names and Patient ID get "\\*" behind them unless the peer is set otherwise.',
    queryKeysAsScu(),
    'C-MOVE and C-GET at the levels STUDY, SERIES and IMAGE, with lists of SOP Instance UIDs at the last. C-CANCEL is sent when the user stops.',
    '### Query and retrieve as SCP',
    queryKeysAsScp(),
    'C-MOVE sends to configured peers, known by their AE titles, over one association for a request; C-GET over the association of the request. Pending responses tell the counts of sub-operations. Instances go in their own transfer syntax, else converted as above. Priority is ignored.',
    '### Modality Worklist as SCU',
    'For peers that are set so. Names get "\\*" behind them unless the peer is set otherwise. An answer with several items of Scheduled Procedure Step Sequence is shown as several steps.',
    worklistKeys(),
    '### Storage Commitment',
    list([
      'As SCP: each instance is looked up and its file read to the end. The result goes to the configured peer with the AE title that asked, over an association of its own, or over that of the request where the peer is set so.',
      `A report that does not reach its peer is tried again every ${commitment.reportRetryMs / 60_000} minutes, ${commitment.reportRetries} times.`,
      `As SCU: the association stays for the report for ${seconds(commitment.waitMs)}; a report may come over any other, within ${commitment.expireMs / 86_400_000} days.`,
    ]),
    commitmentFailures(),
    '### Statuses',
    'Answered as SCP:',
    answeredStatuses(),
    'As SCU:',
    treatedStatuses(),
    '### Behaviour of other systems',
    'An AE or a peer may take over what the conformance statement of another system says of SOP classes, transfer syntaxes, limits and timers:',
    table(
      ['Preset', 'System', 'Storage classes', 'Associations', 'PDU length'],
      PRESET_NAMES.map((name) => {
        const { accepts, title: words } = presetOf(name);
        const count = accepts.storage.reduce((sum, { sopClasses }) => sum + sopClasses.length, 0);
        return [
          name,
          words,
          count,
          accepts.maxAssociations ?? 'default',
          accepts.maxPduLength === undefined ? 'default' : size(accepts.maxPduLength),
        ];
      }),
    ),
    '### Physical network, addresses',
    'TCP/IP, version 4 or 6, as the operating system has it. Peers are known by AE title, host and port.',
  );
}
