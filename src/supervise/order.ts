/** In which order children are started; they are stopped the other way round. */
import { invalidValue } from '../errors.ts';

/** What the order depends on. */
export interface Ordered {
  readonly name: string;
  readonly dependsOn: readonly string[];
}

/** Names in the order of their start: what is needed comes first, else as they are listed. */
export function startOrder(children: readonly Ordered[]): string[] {
  const byName = new Map(children.map((child) => [child.name, child]));
  const done: string[] = [];
  const visit = (child: Ordered, path: readonly string[]): void => {
    if (done.includes(child.name)) return;
    const at = path.indexOf(child.name);
    if (at >= 0) {
      const circle = [...path.slice(at), child.name].join(' → ');
      const place = `children[${children.indexOf(child)}].dependsOn`;
      throw invalidValue(place, child.name, `must not go round in a circle: ${circle}`);
    }
    for (const name of child.dependsOn) {
      visit(byName.get(name) as Ordered, [...path, child.name]);
    }
    done.push(child.name);
  };
  for (const child of children) visit(child, []);
  return done;
}

/** Those of `order` that need one of `names`, directly or by way of others, and `names` themselves. */
export function withDependents(
  names: ReadonlySet<string>,
  children: ReadonlyMap<string, Ordered>,
): Set<string> {
  const found = new Set(names);
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const { name, dependsOn } of children.values()) {
      if (dependsOn.some((each) => found.has(each))) found.add(name);
    }
  }
  return found;
}

/** `names`, and all that they need, directly or by way of others. */
export function withDependencies(
  names: Iterable<string>,
  children: ReadonlyMap<string, Ordered>,
): Set<string> {
  const found = new Set<string>();
  const add = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    for (const each of children.get(name)?.dependsOn ?? []) add(each);
  };
  for (const name of names) add(name);
  return found;
}
