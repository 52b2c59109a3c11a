/** Descriptors on their way to a child: ours until it has started, then closed here. */
import { type FileDescriptor, forget, ownershipOf } from './file-descriptor.ts';

/** Whether it is ours to give: neither closed, nor given away, nor on its way to a child. */
export function canBeGiven(descriptor: FileDescriptor): boolean {
  return ownershipOf(descriptor).canBeGiven;
}

/**
 * The descriptors that one new process gets. add() each, begin() when the start begins, then done()
 * or undo(). Nothing happens to them before begin().
 */
export class HandOver {
  readonly #descriptors = new Set<FileDescriptor>();

  /**
   * Its number. The same one may be added again. Throws `ERR_INVALID_ARG_VALUE`, naming `argument`,
   * if it is closed, or was or is being handed over.
   */
  add(descriptor: FileDescriptor, argument: string): number {
    const fd = ownershipOf(descriptor).given(argument);
    this.#descriptors.add(descriptor);
    return fd;
  }

  /** From now on they stay open, also if they are closed meanwhile, until done() or undo(). */
  begin(): void {
    for (const descriptor of this.#descriptors) ownershipOf(descriptor).promise();
  }

  /** The child has started: our copies are closed. */
  done(): void {
    for (const descriptor of this.#descriptors) {
      forget(descriptor);
      ownershipOf(descriptor).passOn();
    }
  }

  /** It did not start: they are ours again. */
  undo(): void {
    for (const descriptor of this.#descriptors) ownershipOf(descriptor).keep();
  }
}
