/* The launcher's command line. */
#ifndef NETVM_VM_OPTIONS_H
#define NETVM_VM_OPTIONS_H

#include <stdint.h>

struct vm_options {
	const char *nf; /* the name of one in the image, or the path of a program for guests */
	const char *kernel;
	const char *initrd;
	const char *accel;
	const char *serial; /* where the console's log goes */
	const char *region;
	const char *mode;
	const char *qemu;
	int slot;
	int core;      /* -1: any */
	int boot_core; /* QEMU's until the NF is ready; -1: the same */
	int memory_mb;
	int ready_s;
	int hung_s;
	int probe;
	char **nf_argv; /* the NF's own options */
	int nf_argc;
};

/* Exits with status 2 and a sentence where one is wrong, and with 0 for --help. */
struct vm_options vm_options_read(int argc, char **argv);

#endif
