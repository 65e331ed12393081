// Which views fit an answer, by the kinds of its columns.
const LATITUDE = /^(?:lat|latitude|breite)$/i;
const LONGITUDE = /^(?:lon|long|lng|longitude|länge)$/i;

export function chart({ columns, rows }) {
  return rows.length > 0 && columns.some((column) => column.kind === "number" || column.kind === "date");
}

// The columns that give a place: a shape, or a latitude and a longitude.
export function placesIn({ columns }) {
  const place = columns.find((column) => column.kind === "place");
  const [latitude, longitude] = [LATITUDE, LONGITUDE].map((name) => columns.find((column) => column.kind === "number" && name.test(column.name)));
  return { place, latitude, longitude };
}

export function map(given) {
  const { place, latitude, longitude } = placesIn(given);
  return given.rows.length > 0 && Boolean(place || (latitude && longitude));
}

export function graph({ columns, rows }) {
  return rows.length > 0 && columns.filter((column) => column.kind === "iri").length > 1;
}
