// The coasts of a TopoJSON file, as the map of the query page draws them: for each ring its points, in steps from one to the
// next, in fiftieths of a degree. Points that lie closer together are left out, and so is what is smaller than that.
const STEP = 50; // of a degree
const NEAR = 2; // steps

export function outline({ transform, arcs, objects }) {
  const { scale, translate } = transform;
  const lines = arcs.map((arc) => {
    let [x, y] = [0, 0];
    return arc.map(([dx, dy]) => {
      x += dx; y += dy;
      return [Math.round((x * scale[0] + translate[0]) * STEP), Math.round((y * scale[1] + translate[1]) * STEP)];
    });
  });
  const rings = objects.land.geometries.flatMap(({ arcs: polygons }) => polygons.flat());
  return rings.map((ring) => inSteps(thin(unroll(ring.flatMap((at) => (at < 0 ? [...lines[~at]].reverse() : lines[at]))))))
    .filter((ring) => ring.length > 8);
}

// A ring that crosses 180° goes on beyond it; one around a pole, which so does not close, comes back by way of the pole.
function unroll(points) {
  let around = 0;
  const unrolled = points.map(([x, y], at) => {
    const step = at ? x - points[at - 1][0] : 0;
    if (Math.abs(step) > 180 * STEP) around -= Math.sign(step) * 360 * STEP;
    return [x + around, y];
  });
  const xs = unrolled.map(([x]) => x);
  const middle = (Math.min(...xs) + Math.max(...xs)) / 2;
  const home = Math.round(middle / (360 * STEP)) * 360 * STEP;
  const flat = unrolled.map(([x, y]) => [x - home, y]);
  return Math.abs(around) < 360 * STEP ? flat : [...flat, [flat.at(-1)[0], -90 * STEP], [flat[0][0], -90 * STEP]];
}

function thin(points) {
  const kept = [];
  for (const point of points) {
    const last = kept.at(-1);
    if (!last || Math.hypot(point[0] - last[0], point[1] - last[1]) >= NEAR) kept.push(point);
  }
  return kept;
}

function inSteps(points) {
  return points.flatMap(([x, y], at) => (at ? [x - points[at - 1][0], y - points[at - 1][1]] : [x, y]));
}
