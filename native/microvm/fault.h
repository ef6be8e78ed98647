/* Why a guest has ended that did not mean to. */
#ifndef NETVM_MICROVM_FAULT_H
#define NETVM_MICROVM_FAULT_H

#include "vm.h"

/*
 * Says why the processor stands: the reason, the instruction pointer and the address. `asked` is what the guest's call was refused for, or NULL; `error` what vm_run
 * returned.
 */
void fault_describe(const struct vm *vm, const char *asked, int error, char *sentence, uint32_t bytes);

#endif
