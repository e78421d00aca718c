// The parts of Apache ECharts that the page uses, so that the rest is left out of the bundle.
import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent, TooltipComponent } from 'echarts/components';
import { type EChartsType, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

export type { EChartsCoreOption, EChartsType } from 'echarts/core';

/** Opens a chart in an element, of a size in CSS pixels. */
export function openChart(
  element: HTMLElement,
  size: { readonly width: number; readonly height: number },
): EChartsType {
  // Here and not on import: the package is marked as free of side effects, and a bundler takes that at its word.
  use([
    BarChart,
    CustomChart,
    LineChart,
    ScatterChart,
    GridComponent,
    MarkLineComponent,
    TooltipComponent,
    SVGRenderer,
  ]);
  return init(element, undefined, { renderer: 'svg', ...size });
}
