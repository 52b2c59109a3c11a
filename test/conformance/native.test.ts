import { conformance } from './conformance.ts';

await conformance('native');
