/* QEMU: its command line, and its life. */
#ifndef NETVM_VM_QEMU_H
#define NETVM_VM_QEMU_H

#include <sys/types.h>

/* What a guest is made of besides an accelerator. Descriptors are QEMU's ends. */
struct qemu_guest {
	const char *program;
	const char *accel;
	const char *kernel;
	int initrd;
	int memory_mb;
	int console, control, output; /* of socket pairs: ttyS0 to ttyS2 */
	const char *region;           /* NULL: none */
	unsigned long region_bytes;
	int bells;     /* to the doorbell's server; used with a region */
	int boot_core; /* -1: wherever we run */
};

/* Starts it, to end when we end. Returns its pid, or -1 with a sentence on stderr. */
pid_t qemu_start(const struct qemu_guest *g);

/* From now on all of its threads run on this core. */
void qemu_settle(pid_t qemu, int core);

#endif
