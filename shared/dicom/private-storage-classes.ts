// Private storage SOP classes of Philips, from its conformance statements. The objects are kept and passed on as
// they are: only the maker's own programs read what is in them.

/** UID and name. */
export const PRIVATE_STORAGE_CLASSES: readonly (readonly [string, string])[] = [
  ['1.3.46.670589.2.3.1.1', 'Philips Private X-Ray Image Storage'],
  ['1.3.46.670589.2.4.1.1', 'Philips Private Reconstructed X-Ray Storage'],
  ['1.3.46.670589.2.5.1.1', 'Philips Private iE33 3D NEO Presentation State Subpage Storage'],
  ['1.3.46.670589.5.0.1.1', 'Philips Private ViewForum 3D Volume Storage'],
  ['1.3.46.670589.5.0.2.1', 'Philips Private ViewForum 3D Volume Object Storage'],
  ['1.3.46.670589.5.0.3.1', 'Philips Private ViewForum Surface Storage'],
  ['1.3.46.670589.5.0.8', 'Philips Private EasyVision MR Cardio Storage'],
  ['1.3.46.670589.5.0.8.1', 'Philips Private ViewForum MR Cardio Storage'],
  ['1.3.46.670589.5.0.9', 'Philips Private ViewForum CT Synthetic Image Storage'],
  ['1.3.46.670589.5.0.10', 'Philips Private ViewForum MR Synthetic Image Storage'],
  ['1.3.46.670589.5.0.11.1', 'Philips Private ViewForum MR Cardio Analysis Storage'],
  ['1.3.46.670589.5.0.12', 'Philips Private ViewForum CX Synthetic Image Storage'],
  ['1.3.46.670589.5.0.13', 'Philips Private ViewForum Perfusion Storage'],
  ['1.3.46.670589.5.0.14', 'Philips Private ViewForum Perfusion Analysis Storage'],
  ['1.2.840.113543.6.6.1.3.1001', 'Philips Private SONOS 7500 Live 3D Frustum Storage'],
  ['1.2.840.113543.6.6.1.3.1002', 'Philips Private SONOS 7500 Live 3D Cartesian Storage'],
];
