/** The data set of a Part 10 file with its meta information in Explicit VR Little Endian, as test files have it. */
export function datasetOf(file: Buffer): Buffer {
  if (file.toString('latin1', 128, 132) !== 'DICM') throw new Error('This is no Part 10 file.');
  // (0002,0000) UL is the first element: its value counts the bytes behind it (PS3.10 section 7.1).
  const groupLength = file.readUInt32LE(140);
  return file.subarray(144 + groupLength);
}
