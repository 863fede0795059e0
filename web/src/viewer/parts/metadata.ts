export { displaySet, metaData, utilities } from '@cornerstonejs/metadata';
