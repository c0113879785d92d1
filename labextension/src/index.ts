export { default } from './plugins';
export { IPipelines } from './tokens';
