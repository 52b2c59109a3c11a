/**
 * `import 'brood/init/auto'`, or `node --import brood/init/auto server.js`: init() if this program is PID 1,
 * and nothing where it is not, as on the machine of a developer.
 */
import { init } from './init.ts';

if (process.pid === 1) init();
