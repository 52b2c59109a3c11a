/** The public door `brood/supervise`: children that are looked after. */
export type { CgroupLimits } from './supervise/cgroup.ts';
export type {
  Alive,
  ChildSpec,
  Listen,
  Probe,
  Ready,
  ReadyProbe,
  Restart,
  Stop,
} from './supervise/child-spec.ts';
export type {
  EndedEvent,
  ExitedEvent,
  GaveUpEvent,
  LogEvent,
  LogFailedEvent,
  ReadyEvent,
  RestartingEvent,
  RestingEvent,
  StartedEvent,
  StatusEvent,
  SupervisorEvent,
  SupervisorEventType,
  UnhealthyEvent,
} from './supervise/events.ts';
export type { LogFormat, LogOptions, Rotation } from './supervise/log/log-options.ts';
export type { KeptLine } from './supervise/log/tail.ts';
export type { ListeningSocket } from './supervise/sockets.ts';
export type { ChildState } from './supervise/state.ts';
export type { Strategy } from './supervise/strategy.ts';
export type { Failure, SupervisorEnd } from './supervise/supervisor-end.ts';
export { SupervisorError } from './supervise/supervisor-error.ts';
export type { BackoffOptions, SupervisorOptions } from './supervise/child-spec.ts';
export {
  type ChildStatus,
  type EventOptions,
  Supervisor,
  type TailOptions,
} from './supervise/supervisor.ts';
