import { associationText } from './association-text.ts';
import { digits } from './digits.ts';
import { contentText } from './content-text.ts';
import { faceText } from './face-text.ts';
import { hangingText } from './hanging-text.ts';
import { priorText } from './prior-text.ts';
import { lookingText } from './looking-text.ts';
import { measureText, pictureText } from './measure-text.ts';
import { reportText } from './report-text.ts';
import { reviewText } from './review-text.ts';
import { sendText } from './send-text.ts';
import { taskText } from './task-text.ts';
import { worklistText } from './worklist-text.ts';

/** Every string of the screen, in English. Another language is another object of this shape. */
export const text = {
  appName: 'Gantry',
  nav: { studies: 'Studies', settings: 'Settings', transfers: 'Transfers', theme: 'Light or dark' },
  sources: {
    heading: 'Sources',
    thisComputer: 'This computer',
    archive: 'Archive',
    peers: 'Peers',
    noPeers: 'No peer yet.',
    addPeer: 'Add a peer',
  },
  open: {
    folder: 'Open folder',
    files: 'Open files or ZIP',
    dropHere: 'Drop to open',
    emptyTitle: 'Drop a folder or a ZIP here',
    emptyHint:
      'Files of any kind may be in it: Gantry finds the DICOM ones and lists what it left out. Nothing leaves this computer until you send it.',
  },
  samples: {
    start: 'Try it with sample studies',
    hint: 'Puts phantoms into the archive (CT, MR, PET/CT, ultrasound, angiography) and starts a PACS of phantoms on this computer, to search and retrieve from.',
    making: (done: number, total: number) =>
      total === 0 ? 'Making sample studies …' : `Making sample studies: ${done} of ${total}`,
  },
  importing: {
    reading: (read: number, found: number, walked: boolean) =>
      walked
        ? `Reading ${digits(read)} of ${digits(found)} files`
        : `Reading ${digits(read)} of ${digits(found)} files so far`,
    done: (added: number, skipped: number) =>
      skipped === 0
        ? `${digits(added)} read`
        : `${digits(added)} read, ${digits(skipped)} left out`,
    nothing: 'There were no files in it.',
    cancel: 'Stop reading',
    showSkipped: 'What was left out, and why',
    dismiss: 'Close',
    file: 'File',
    reason: 'Reason',
  },
  table: {
    name: 'Name',
    id: 'ID',
    born: 'Born',
    sex: 'Sex',
    date: 'Study date',
    description: 'Description',
    modalities: 'Modality',
    accession: 'Accession',
    series: 'Series',
    instances: 'Instances',
    referring: 'Referring',
    studyId: 'Study ID',
    institution: 'Institution',
    search: 'Search name, ID, description, accession',
    searchLabel: 'Search studies',
    noName: '(no name)',
    conflict: 'Instances of this study name different patients',
    none: 'No study matches.',
    selectAll: 'Select all studies',
    select: (name: string) => `Select ${name}`,
    expand: (name: string) => `Series of ${name}`,
    seriesTitle: (number: string, description: string) =>
      [number, description === '' ? '(no description)' : description].filter(Boolean).join(' · '),
    expandSeries: (title: string) => `Images of ${title}`,
    imageTitle: (number: number | undefined) =>
      number === undefined ? 'Image' : `Image ${number}`,
    frames: (count: number) => `${digits(count)} frames`,
    images: (count: number) => (count === 1 ? '1 instance' : `${digits(count)} instances`),
    noImage: 'no image',
  },
  actions: {
    selected: (studies: number, instances: number) =>
      `${digits(studies)} ${studies === 1 ? 'study' : 'studies'}, ${digits(instances)} instances selected`,
    selectedParts: (studies: number, series: number, images: number) =>
      `${[
        ...(studies > 0 ? [`${studies} ${studies === 1 ? 'study' : 'studies'}`] : []),
        ...(series > 0 ? [`${series} series`] : []),
        ...(images > 0 ? [`${images} ${images === 1 ? 'image' : 'images'}`] : []),
      ].join(', ')} selected`,
    view: 'View',
    send: 'Send',
    deidentify: 'De-identify and send',
    clear: 'Close all',
    retrieve: 'Retrieve',
    delete: 'Delete',
    deleteQuestion: (studies: number) =>
      studies === 1
        ? 'Delete this study from the archive?'
        : `Delete ${studies} studies from the archive?`,
    deleteHint: 'Their files are removed from the disk of this computer. This can’t be undone.',
    keep: 'Keep',
    deleting: (studies: number) =>
      studies === 1 ? 'Deleting a study …' : `Deleting ${studies} studies …`,
    failed: 'That did not work',
    selectHint: 'Select studies to view or send them.',
  },
  archive: {
    emptyTitle: 'The archive is empty',
    emptyHint: (aeTitle: string, listener: string) =>
      `What a modality or a PACS sends to ${aeTitle} at ${listener} appears here, and what you retrieve.`,
    listenerOff: 'The DICOM listener is off: nothing can be sent here.',
    more: (shown: number, total: number) =>
      `The newest ${digits(shown)} of ${digits(total)}: search to find others.`,
  },
  query: {
    /** By keyword. */
    keys: {
      PatientName: 'Name',
      PatientID: 'Patient ID',
      AccessionNumber: 'Accession',
      ModalitiesInStudy: 'Modality',
      StudyDescription: 'Description',
      PatientBirthDate: 'Born',
      PatientSex: 'Sex',
      ReferringPhysicianName: 'Referring physician',
      StudyID: 'Study ID',
      InstitutionName: 'Institution',
      Modality: 'Modality',
      ScheduledStationAETitle: 'Station AE title',
      ScheduledPerformingPhysicianName: 'Performing physician',
      RequestedProcedureID: 'Requested procedure ID',
    } as Readonly<Record<string, string>>,
    nameHint: 'Doe, J',
    from: 'From',
    to: 'To',
    more: (count: number) => (count === 0 ? 'More' : `More (${count})`),
    search: 'Search',
    cancel: 'Stop',
    idle: 'Say what to look for, then Search. An empty field means any.',
    noKey:
      'Give a name, an ID, a date or another key: this peer’s settings don’t allow to ask for all studies.',
    empty: 'The peer has no study like that.',
    running: (count: number) =>
      count === 0 ? 'Waiting for the peer’s answers …' : `${digits(count)} so far …`,
    done: (count: number) => (count === 1 ? '1 study' : `${digits(count)} studies`),
    cancelled: (count: number) => `Stopped after ${digits(count)}`,
  },
  viewer: {
    back: 'Studies',
    series: 'Series',
    window: 'Window/level',
    pan: 'Pan',
    zoom: 'Zoom',
    scroll: 'Scroll',
    fit: 'Fit to window',
    invert: 'Invert',
    rotateLeft: 'Rotate left',
    rotateRight: 'Rotate right',
    flipHorizontal: 'Flip horizontally',
    flipVertical: 'Flip vertically',
    overlays: 'Overlays',
    reset: 'Reset',
    play: 'Play',
    pause: 'Pause',
    rate: (wanted: number, reached: number | undefined) =>
      reached === undefined || Math.abs(reached - wanted) < 1
        ? `${wanted.toFixed(0)} frames/s`
        : `${reached.toFixed(0)} of ${wanted.toFixed(0)} frames/s`,
    presets: 'Window presets',
    ownWindow: 'Of the object',
    loading: 'Loading',
    notDiagnostic: 'Not for diagnostic use',
    failed: 'This image can’t be shown',
    layout: 'Layout',
    link: 'Scroll together, by position',
    emptyCell: 'Drag a series here',
    images: (count: number) => (count === 1 ? '1 image' : `${digits(count)} images`),
    more: 'More tools',
    tools: {
      all: 'Tools',
      mouse: 'Left mouse button',
      image: 'Image',
      loop: 'Loop',
      window: 'Window and palette',
      together: 'Look closer, and together',
      screen: 'Screen',
    },
    seen: (count: number, all: number) =>
      count >= all ? 'all seen' : `${digits(count)} of ${digits(all)} seen`,
  },
  tags: {
    title: 'Tags',
    search: 'Search tag, keyword, name or value',
    onlyDifferences: 'Only differences',
    pin: 'Compare',
    pinHint: 'Keeps this instance, to compare it with the next ones that you look at',
    unpin: 'End comparison',
    copyAll: 'Copy list',
    copyValue: 'Copy value',
    copied: 'Copied',
    count: (rows: number) => (rows === 1 ? '1 row' : `${rows} rows`),
    item: (number: string) => `Item ${number}`,
    absent: '(absent)',
    kept: 'Kept',
    now: 'On screen',
    fold: 'Fold',
    unfold: 'Unfold',
    bytes: (count: number) => `${digits(count)} bytes`,
    raw: 'Bytes of the value',
    more: (shown: number, all: number) => `${digits(shown)} of ${digits(all)} bytes: show more`,
  },
  send: sendText,
  transfers: {
    heading: 'Transfers',
    empty: 'Nothing has been sent or retrieved yet.',
    retrieve: (title: string) => (title === '' ? 'Retrieve' : `Retrieve ${title}`),
    from: (peer: string) => `from ${peer}`,
    retrieveCounts: (arrived: number, failed: number, remaining: number | undefined) =>
      [
        `${arrived} arrived`,
        ...(failed > 0 ? [`${failed} failed`] : []),
        ...(remaining === undefined || remaining === 0 ? [] : [`${remaining} to come`]),
      ].join(', '),
    failedInstances: (count: number) =>
      count === 1 ? 'The instance that failed' : `The ${digits(count)} instances that failed`,
    waiting: 'Waiting',
    retrieving: 'Retrieving',
    cancelling: 'Cancelling …',
    failed: 'Failed',
    again: 'Retry',
    to: (peer: string) => `to ${peer}`,
    deidentified: 'De-identified',
    original: 'As it is',
    counts: (stored: number, withheld: number, failed: number, total: number) =>
      `${digits(stored)} sent, ${digits(withheld)} withheld, ${digits(failed)} failed of ${digits(total)}`,
    warnings: (count: number) => `${digits(count)} with a warning of the peer`,
    running: 'Sending',
    interrupted: 'Interrupted',
    done: 'Done',
    cancelled: 'Cancelled',
    perSecond: (images: number) =>
      `${images < 10 ? images.toFixed(1) : digits(Math.round(images))} images/s`,
    rate: (rate: string, left: string) => (left === '' ? rate : `${rate}, ${left} left`),
    missing: (count: number) =>
      `${digits(count)} files must be dropped or opened again before it can go on: the browser has forgotten them.`,
    resume: 'Resume',
    retry: 'Retry failed',
    cancel: 'Cancel',
    report: 'Save report',
    dismiss: 'Remove from the list',
    details: 'Why',
  },
  tasks: taskText,
  worklist: worklistText,
  content: contentText,
  face: faceText,
  hanging: hangingText,
  priors: priorText,
  review: reviewText,
  looking: lookingText,
  measure: measureText,
  picture: pictureText,
  settings: {
    heading: 'Settings',
    thisNode: 'This DICOM node',
    aeTitle: 'AE title',
    listener: 'Listens on',
    listenerOff: 'off',
    peers: 'Peers',
    peersHint: 'DICOM nodes that Gantry may talk to. It can reach no other.',
    add: 'Add peer',
    edit: 'Edit',
    remove: 'Remove',
    name: 'Name',
    host: 'Host',
    port: 'Port',
    retrieve: 'Retrieve by',
    retrieveMove: 'C-MOVE: it sends to Gantry’s AE title, which it must know',
    retrieveGet: 'C-GET: it answers over the same connection',
    advanced: 'Advanced',
    maxRetrieves: 'Retrieves side by side',
    queryLevel: 'Deepest level that it is asked about',
    retrieveLevel: 'Deepest level that it is asked to send',
    levels: { STUDY: 'Studies', SERIES: 'Series', IMAGE: 'Images' },
    appendWildcard: 'Append * to what is searched for',
    allowQueryWithoutKeys: 'Allow queries without any key',
    queryCharacterSet: 'Queries beyond ASCII are written in',
    characterSets: {
      'ISO_IR 192': 'UTF-8 (ISO_IR 192)',
      'ISO_IR 100': 'Latin 1, western Europe (ISO_IR 100)',
      'ISO_IR 101': 'Latin 2, central Europe (ISO_IR 101)',
      'ISO_IR 109': 'Latin 3 (ISO_IR 109)',
      'ISO_IR 110': 'Latin 4, Baltic (ISO_IR 110)',
      'ISO_IR 148': 'Latin 5, Turkish (ISO_IR 148)',
      'ISO_IR 203': 'Latin 9 (ISO_IR 203)',
      'ISO_IR 126': 'Greek (ISO_IR 126)',
      'ISO_IR 144': 'Cyrillic (ISO_IR 144)',
      'ISO_IR 127': 'Arabic (ISO_IR 127)',
      'ISO_IR 138': 'Hebrew (ISO_IR 138)',
      'ISO_IR 166': 'Thai (ISO_IR 166)',
      'ISO_IR 13': 'Japanese, katakana (ISO_IR 13)',
      'ISO 2022 IR 87': 'Japanese, kanji (ISO 2022 IR 87)',
      'ISO 2022 IR 149': 'Korean (ISO 2022 IR 149)',
      'ISO 2022 IR 58': 'Chinese, simplified (ISO 2022 IR 58)',
      GB18030: 'Chinese (GB18030)',
      GBK: 'Chinese (GBK)',
    },
    ...associationText,
    echo: 'Echo',
    examine: 'What it takes',
    echoing: 'Asking …',
    echoOk: (milliseconds: number) => `Answered in ${milliseconds.toFixed(0)} ms`,
    save: 'Save',
    saved: 'Saved',
    cancel: 'Cancel',
    peerTitleNew: 'New peer',
    peerTitleEdit: 'Edit peer',
    empty: 'No peer yet. Add the PACS that you send to.',
    images: 'Images',
    imageMemory: 'Image memory',
    imageMemoryHint:
      'For decoded images of the viewer, on this computer. More keeps more of a large series ready.',
    storage: 'Kept in this browser',
    storageHint:
      'Only what an unfinished transfer needs to go on: its key, its results, and the browser’s own handles to the files. It is erased when the transfer ends. The number that you choose for image memory, and who draws images. And what you draw and write on images, encrypted, until you delete it there or erase it here.',
  },
  report: reportText,
  connection: {
    connecting: 'Connecting to the bridge …',
    offline: 'The bridge can’t be reached. Is Gantry still running on this computer?',
    noSession:
      'This browser has no session. Open Gantry by the link that the terminal shows where it was started.',
    wrongVersion: 'This page is of another version than its bridge.',
    exposed:
      'DICOM is open to the network without encryption: names and images travel readable between Gantry and its peers.',
    reload: 'Reload',
    version: (version: string) => `Bridge ${version}`,
  },
  close: 'Close',
} as const;
