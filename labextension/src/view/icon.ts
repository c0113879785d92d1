/** Our icon: three steps and what goes between them. */

import { LabIcon } from '@jupyterlab/ui-components';

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16">
<g class="jp-icon3" fill="none" stroke="#616161" stroke-width="1.4" stroke-linecap="round">
<path d="M8 5.2v1.6M8 6.8C8 8.6 4 7.6 4 10.4M8 6.8C8 8.6 12 7.6 12 10.4"/></g>
<g class="jp-icon3" fill="#616161"><rect x="5.2" y="1.4" width="5.6" height="3.6" rx="1"/>
<rect x="1.2" y="10.8" width="5.6" height="3.6" rx="1"/><rect x="9.2" y="10.8" width="5.6" height="3.6" rx="1"/></g>
</svg>`;

export const pipelineIcon = new LabIcon({ name: 'nbdag:pipeline', svgstr: SVG });
