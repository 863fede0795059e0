// The few UIDs that the association layer itself needs (PS3.6 2026d, tables ). Everything else about SOP
// classes comes from the caller: this layer moves bytes and doesn't know what they are.

/** PS3.7 annex A.2.1: the only application context there is. */
export const DICOM_APPLICATION_CONTEXT = '1.2.840.10008.3.1.1.1';

export const VERIFICATION_SOP_CLASS = '1.2.840.10008.1.1';

/** PS3.4 section J.3: the push model is the only one that is left. */
export const STORAGE_COMMITMENT_SOP_CLASS = '1.2.840.10008.1.20.1';

/** PS3.4 section K.4.1.1: FIND of the Modality Worklist Information Model. */
export const MODALITY_WORKLIST_SOP_CLASS = '1.2.840.10008.5.1.4.31';

export const IMPLICIT_VR_LITTLE_ENDIAN = '1.2.840.10008.1.2';
export const EXPLICIT_VR_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
export const DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN = '1.2.840.10008.1.2.1.99';
export const EXPLICIT_VR_BIG_ENDIAN = '1.2.840.10008.1.2.2';
