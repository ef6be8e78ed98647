/* Whether this machine can run NFs in virtual machines of ours: found out by running one. */
#ifndef NETVM_MICROVM_PROBE_H
#define NETVM_MICROVM_PROBE_H

/* Prints {"usable":true}, or {"usable":false,"reason":"..."}. */
void probe(void);

#endif
