/* The guest's own parts, to each other. */
#ifndef NETVM_MICROVM_GUEST_GUEST_H
#define NETVM_MICROVM_GUEST_GUEST_H

#include "../guest.h"

#define BOOT ((struct microvm_boot *)MICROVM_BOOT_AT)

/* Leaves the guest for what netvm-microvm does for it. The arguments are in the call already. Returns the result. */
static inline int64_t guest_call(enum microvm_number number)
{
	struct microvm_call *c = &BOOT->call;
	c->number = number;
	__asm__ volatile("outb %%al, %0" : : "i"(MICROVM_PORT), "a"(0) : "memory");
	c->wakes = 0;
	return c->result;
}

static inline int64_t guest_call2(enum microvm_number number, uint64_t first, uint64_t second)
{
	BOOT->call.argument[0] = first;
	BOOT->call.argument[1] = second;
	return guest_call(number);
}

/* Says why the NF cannot run, and ends. */
_Noreturn void guest_refuse(const char *sentence, int exit_code);

#endif
