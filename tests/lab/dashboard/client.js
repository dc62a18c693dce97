// Runs in the page: draws GRAPHS with uPlot, with which Grafana draws too.
/* global GRAPHS, uPlot, document */

function withUnit(value, unit, decimals) {
  if (value === null || value === undefined) return "";
  if (unit === "s") {
    return value < 60 ? `${Number(value.toPrecision(3))} s` : `${Number((value / 60).toPrecision(3))} mins`;
  }
  return value.toFixed(decimals ?? 0);
}

for (const graph of GRAPHS) {
  const place = document.getElementById(graph.id);
  const [times, ...values] = graph.data;
  const sum = times.map(() => 0);
  const drawn = values.map((of) => of.map((value, i) => graph.stacked ? (sum[i] += value ?? 0) : value));
  const alpha = Math.round(graph.fill * 255).toString(16).padStart(2, "0");
  const axis = { stroke: "#ccccdc", grid: { stroke: "rgba(204,204,220,.07)", width: 1 }, ticks: { show: false } };
  const options = {
    width: place.clientWidth,
    height: place.clientHeight - 34,
    scales: { y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
    axes: [axis, {
      ...axis,
      size: 62,
      incrs: graph.decimals === 0 ? [1, 2, 5, 10, 20, 50] : undefined,
      values: (_, ticks) => ticks.map((tick) => withUnit(tick, graph.unit, graph.decimals)),
    }],
    legend: { live: false, markers: { width: 0, fill: (_, i) => graph.colors[i - 1] } },
    series: [
      {},
      ...graph.names.map((label, i) => ({
        label,
        stroke: graph.width ? graph.colors[i] : "transparent",
        fill: graph.fill ? graph.colors[i] + alpha : undefined,
        width: 1.5,
        points: { show: false },
        paths: uPlot.paths.stepped({ align: 1 }),
      })),
    ],
    // A layer of a stack is filled down to the one below, not to the bottom.
    bands: graph.stacked ? graph.names.slice(1).map((_, i) => ({ series: [i + 2, i + 1] })) : [],
    hooks: {
      drawClear: [(chart) => {
        for (const time of graph.marks) {
          const x = chart.valToPos(time, "x", true);
          chart.ctx.save();
          chart.ctx.strokeStyle = "#ff9830";
          chart.ctx.setLineDash([4, 4]);
          chart.ctx.beginPath();
          chart.ctx.moveTo(x, chart.bbox.top);
          chart.ctx.lineTo(x, chart.bbox.top + chart.bbox.height);
          chart.ctx.stroke();
          chart.ctx.restore();
        }
      }],
    },
  };
  new uPlot(options, [times, ...drawn], place);
}
