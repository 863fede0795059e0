export { logging } from '@cornerstonejs/utils';
