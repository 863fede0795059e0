export { init } from '@cornerstonejs/tools';
