/** A SpawnRequest in the form in which the addon reads it fastest. */
import type { NativeAttributes, NativeProgram } from '../binding.ts';
import type { DescriptorSource, NewProcessAttributes, SpawnRequest } from '../platform.ts';
import { flatLimit, ioPriorityNumber, policyNumber } from './kernel-numbers.ts';

const kinds = { pipeIn: 1, pipeOut: 2, socketpair: 3, null: 4, closed: 5, same: 9 } as const;
const fileKinds = { read: 6, write: 7, append: 8 } as const;

/**
 * Where descriptors are laid out for the addon, which reads them in the call: an ArrayBuffer of its
 * own, because Node-API would have to move a small typed array out of the heap first.
 */
let scratch = new Int32Array(new ArrayBuffer(256));

/** Each entry with a NUL after it: one string carries the list through one call of Node-API. */
function list(entries: readonly string[]): string {
  return entries.length === 0 ? '' : `${entries.join('\0')}\0`;
}

/** The kind and the source of one descriptor; a file's path goes into `files`. */
function encode(source: DescriptorSource, files: string[]): [kind: number, value: number] {
  switch (source.kind) {
    case 'descriptor':
      return [0, source.fd];
    case 'pipe':
      return [source.direction === 'in' ? kinds.pipeIn : kinds.pipeOut, 0];
    case 'file':
      return [fileKinds[source.mode], files.push(source.path) - 1];
    case 'same':
      return [kinds.same, source.of];
    case 'socketpair':
    case 'null':
    case 'closed':
      return [kinds[source.kind], 0];
  }
}

function nativeAttributes(given: NewProcessAttributes): NativeAttributes {
  const { limits, scheduling, ioPriority, groups, affinity, ...same } = given;
  const native = { ...same } as NativeAttributes;
  if (groups !== undefined) native.groups = [...groups];
  if (affinity !== undefined) native.affinity = [...affinity];
  if (scheduling !== undefined) {
    native.scheduling = [policyNumber(scheduling.policy), scheduling.priority];
  }
  if (ioPriority !== undefined) native.ioPriority = ioPriorityNumber(ioPriority);
  if (limits !== undefined) {
    native.limits = [...limits].flatMap(([name, limit]) => flatLimit(name, limit));
  }
  return native;
}

/** The request as the addon's spawn, exec and runSync take it. */
export function nativeProgram(request: SpawnRequest): NativeProgram {
  const files: string[] = [];
  const { size } = request.descriptors;
  if (size * 3 >= scratch.length) scratch = new Int32Array(new ArrayBuffer(size * 3 * 4 + 4));
  const descriptors = scratch;
  let at = 0;
  descriptors[at++] = size;
  for (const [target, source] of request.descriptors) {
    const [kind, value] = encode(source, files);
    descriptors[at++] = target;
    descriptors[at++] = kind;
    descriptors[at++] = value;
  }
  return [
    list(request.candidates),
    list(request.argv),
    request.env === undefined ? undefined : list(request.env),
    request.cwd,
    descriptors,
    list(files),
    request.attributes === undefined ? undefined : nativeAttributes(request.attributes),
  ];
}
