/* What a guest asks for. All of it is hostile: copied, checked against what the guest has, then done. */
#ifndef NETVM_MICROVM_CALLS_H
#define NETVM_MICROVM_CALLS_H

#include "guest.h"
#include "vm.h"

struct calls {
	struct vm *vm;
	struct microvm_call *shared; /* in the guest's memory */
	uint8_t *region;
	uint64_t region_bytes;
	const char *name;  /* of the program, before what it says */
	int files;         /* NF options: the only names of files that are opened */
	char *const *file;
	uint32_t mapped; /* files given to the guest */
	uint64_t printed; /* bytes */
};

enum calls_end {
	CALLS_GO_ON,
	CALLS_STOPPED, /* in an orderly way */
	CALLS_REFUSED, /* the NF cannot run; its sentence is on stderr, its exit code in `exit_code` */
	CALLS_FAULT,   /* the guest asked for what it may not; what is in `fault` */
};

/* Does what the guest's call says. */
enum calls_end calls_do(struct calls *c, int *exit_code, const char **fault);

#endif
