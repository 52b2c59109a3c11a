/**
 * The program of a fork server: `fork-server.js PLAN`. It imports what tasks need, comes to rest, and
 * then forks whenever the program asks for it. Each of its children goes on from there as a task.
 *
 * Modules of Node itself look at the standard streams when they are loaded (since Node 22): so these are
 * held before anything else is imported.
 */
import { holdStandardStreams } from './template-streams.ts';

const release = holdStandardStreams();
void import('./template.ts').then(({ becomeServer }) => becomeServer(release));
