/** The names of our commands. */

export namespace CommandIDs {
  export const run = 'nbdag:run';
  export const runHere = 'nbdag:run-here';
  export const runOnArgo = 'nbdag:run-on-argo';
  export const runOnKubeflow = 'nbdag:run-on-kubeflow';
  export const runTo = 'nbdag:run-to';
  export const runFrom = 'nbdag:run-from';
  export const onlyChanged = 'nbdag:only-changed';
  export const parameters = 'nbdag:parameters';
  export const stop = 'nbdag:stop';
  export const show = 'nbdag:show';
  export const runs = 'nbdag:runs';
  export const tag = 'nbdag:tag';
  export const merge = 'nbdag:merge';
  export const next = 'nbdag:next-step';
  export const propose = 'nbdag:propose';
  export const create = 'nbdag:create';
  export const console = 'nbdag:open-console';
  export const forget = 'nbdag:remove-outputs';
}

export const NO_ARGUMENTS = { args: { type: 'object', properties: {} } };
