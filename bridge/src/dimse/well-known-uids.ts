// The few UIDs that the association layer itself needs (PS3.6 2026d, tables ). Everything else about SOP
// classes comes from the caller: this layer moves bytes and doesn't know what they are.

/** PS3.7 annex A.2.1: the only application context there is. */
export const DICOM_APPLICATION_CONTEXT = '1.2.840.10008.3.1.1.1';

export const VERIFICATION_SOP_CLASS = '1.2.840.10008.1.1';

export const IMPLICIT_VR_LITTLE_ENDIAN = '1.2.840.10008.1.2';
export const EXPLICIT_VR_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
export const DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN = '1.2.840.10008.1.2.1.99';
export const EXPLICIT_VR_BIG_ENDIAN = '1.2.840.10008.1.2.2';

/** Who we are in each negotiation (PS3.7 D.3.3.2). Derived from a UUID (PS3.5 B.2), it must never change. */
export const IMPLEMENTATION_CLASS_UID = '2.25.271943094782612271632494039088395969233';
/** At most 16 characters. */
export const IMPLEMENTATION_VERSION_NAME = 'GANTRY_0_1';
