// Which storage classes to propose for a C-GET: there are more than fit into one association.
import { STORAGE_SOP_CLASSES } from '../../../shared/dicom/sop-classes.generated.ts';
import { MediaStorageDirectory } from '../../../shared/dicom/uids.ts';
import { MAX_GET_CLASSES } from './get-scu.ts';
import { PRIVATE_STORAGE_CLASSES } from './private-storage-classes.ts';
import { RETIRED_STORAGE_CLASSES } from './retired-storage-classes.ts';

/** Families that few archives hold, by words in their names: they are left out first when there is no room. */
const RARE = new RegExp(
  [
    'Ophthalmic|Corneal|Intraocular|Lens|Keratometry|Refraction|Visual|Macular|Spectacle|Autorefraction|Stereometric',
    'Protocol|Inventory|Implant|Hanging|Palette|Intra-Oral|Microscop|Photoacoustic|Dermoscopic|Intravascular',
    'Electroencephalogram|Electromyogram|Electrooculogram|Respiratory|Body Position|Audio|Tractography|Annotation',
    'Physician Intent|Radiation Set|Radiation Record|Salvage|Arm|Robotic|Tomotherapeutic|Delivery|Preparation',
    'Patient Position|Enhanced RT|Enhanced Continuous RT|Surface Scan|Imaging Agent|Volume Rendering|Planar MPR',
  ].join('|'),
);

const IN_ORDER = [
  ...STORAGE_SOP_CLASSES.filter(([, name]) => !RARE.test(name)),
  ...PRIVATE_STORAGE_CLASSES,
  ...RETIRED_STORAGE_CLASSES,
  ...STORAGE_SOP_CLASSES.filter(([, name]) => RARE.test(name)),
]
  .map(([uid]) => uid)
  .filter((uid) => uid !== MediaStorageDirectory);

/**
 * The storage classes for a C-GET, MAX_GET_CLASSES at most: those that are likely, then the standard's frequent ones,
 * the private ones, the retired ones, and the rare ones while there is room.
 * @param likely UIDs, such as SOP Classes in Study (0008,0062) of a query's match
 */
export function getClasses(likely: readonly string[] = []): string[] {
  return [...new Set([...likely, ...IN_ORDER])].slice(0, MAX_GET_CLASSES);
}
