/** What is asked before a run: its parameters, and, of a run on a cluster, its place. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Controller, IRunOptions } from '../controller';
import { chosen } from '../model/parameters';
import { askParameters, type IPlaceField, type PlaceName } from '../view/parameters';
import type { ISettings, Target } from './settings';

const FIELDS: Record<Target, readonly PlaceName[]> = {
  here: [],
  argo: ['namespace', 'image'],
  kfp: ['endpoint', 'namespace', 'image']
};

/** Ask, and return how the notebook is to be run; `null` where it is called off. */
export async function askedOptions(
  controller: Controller,
  settings: ISettings,
  to: Target,
  trans: TranslationBundle
): Promise<IRunOptions | null> {
  const parameters = controller.model.pipeline?.parameters ?? [];
  const answer = await askParameters({
    title: title(to, trans),
    parameters,
    values: controller.typed,
    place: FIELDS[to].map(name => ({
      name,
      ...words(name, to, trans),
      value: controller.places[to]?.[name] ?? settings[name],
      needed: name === 'endpoint'
    })),
    trans
  });
  if (!answer) {
    return null;
  }
  controller.typed = answer.values;
  controller.places = { ...controller.places, [to]: answer.place };
  const typed = chosen(parameters, answer.values);
  return { to, typed, ...others(settings, to), ...answer.place };
}

/** What is set for all runs there, and not asked. */
function others(settings: ISettings, to: Target): IRunOptions {
  const { profile, repository, tokenFile: token_file, authorities } = settings;
  const set = { here: {}, argo: { profile, repository }, kfp: { token_file, authorities } };
  return set[to];
}

function title(to: Target, trans: TranslationBundle): string {
  switch (to) {
    case 'here':
      return trans.__('Run with Parameters');
    case 'argo':
      return trans.__('Run on Argo');
    case 'kfp':
      return trans.__('Run on Kubeflow');
  }
}

function words(
  name: PlaceName,
  to: Target,
  trans: TranslationBundle
): Pick<IPlaceField, 'label' | 'placeholder'> {
  switch (name) {
    case 'endpoint':
      return { label: trans.__('Address'), placeholder: 'https://…' };
    case 'namespace': {
      const usual = to === 'argo' ? trans.__('as the kubeconfig says') : trans.__('as Kubeflow says');
      return { label: trans.__('Namespace'), placeholder: usual };
    }
    case 'image':
      return { label: trans.__('Image'), placeholder: trans.__('as the notebook or nbdag says') };
  }
}
