/** What a supervisor that gave up rejects with. */
import { ProcessError } from '../errors.ts';
import { describeFailure, type Failure } from './supervisor-end.ts';

/**
 * A supervisor gave up: `failure` names the first child that failed for good. Its code is
 * `'ERR_GAVE_UP'`, and `ERR_STOPPED` where it was stopped before it had started.
 */
export class SupervisorError extends ProcessError {
  override readonly name = 'SupervisorError';
  readonly failure: Failure | undefined;

  constructor(failure: Failure | undefined) {
    super(
      failure === undefined
        ? 'the supervisor was stopped before its children were ready'
        : `the supervisor gave up: ${failure.name}.${failure.instance}: ${describeFailure(failure)}`,
      { code: failure === undefined ? 'ERR_STOPPED' : 'ERR_GAVE_UP', cause: failure?.error },
    );
    this.failure = failure;
  }
}
