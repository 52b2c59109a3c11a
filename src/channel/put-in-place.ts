/** Parts of a message that has arrived, from where they were cloned to where they belong. */

/**
 * V8 clones an object that stands for an open file as a plain one, of which one property is that object.
 * This puts each into the place of its plain one, wherever that is in the value, which is changed.
 */
export function putInPlace(value: unknown, key: string, objects: ReadonlySet<unknown>): unknown {
  const seen = new Set<unknown>();
  const waiting: object[] = [];
  const placed = (part: unknown): unknown => {
    if (typeof part !== 'object' || part === null || ArrayBuffer.isView(part)) return part;
    const inside = Object.getOwnPropertyDescriptor(part, key)?.value as unknown;
    if (inside !== undefined && objects.has(inside)) return inside;
    if (!seen.has(part)) {
      seen.add(part);
      waiting.push(part);
    }
    return part;
  };
  const root = placed(value);
  for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
    if (each instanceof Map) replaceEntries(each, placed);
    else if (each instanceof Set) replaceMembers(each, placed);
    else replaceProperties(each as Record<string, unknown>, placed);
  }
  return root;
}

type Placed = (part: unknown) => unknown;

/** In the same order. */
function replaceEntries(map: Map<unknown, unknown>, placed: Placed): void {
  const entries = [...map];
  map.clear();
  for (const [key, value] of entries) map.set(placed(key), placed(value));
}

function replaceMembers(set: Set<unknown>, placed: Placed): void {
  const members = [...set];
  set.clear();
  for (const member of members) set.add(placed(member));
}

/** Of an error too, whose cause may have some. */
function replaceProperties(object: Record<string, unknown>, placed: Placed): void {
  for (const name of Object.getOwnPropertyNames(object)) {
    const property = Object.getOwnPropertyDescriptor(object, name);
    const before: unknown = property?.value;
    const after = placed(before);
    if (after !== before) Object.defineProperty(object, name, { ...property, value: after });
  }
}
