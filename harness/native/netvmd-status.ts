export { netvmdStatus, type NetvmdStatus } from './netvmd-protocol.ts';
