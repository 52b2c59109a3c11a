import { conformance } from './conformance.ts';

await conformance('without pidfd');
