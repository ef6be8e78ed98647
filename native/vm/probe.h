/* Whether a guest really runs on KVM: a /dev/kvm that opens is no proof. */
#ifndef NETVM_VM_PROBE_H
#define NETVM_VM_PROBE_H

#include "options.h"

/* Prints a line of JSON. Returns the exit status. */
int vm_probe(const struct vm_options *o);

#endif
