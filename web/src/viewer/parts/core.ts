export { cache, init, RenderingEngine, utilities } from '@cornerstonejs/core';
