/* A virtual machine that has one processor in ring 3, pages, and nothing else: no devices, no interrupts, no kernel. */
#ifndef NETVM_MICROVM_VM_H
#define NETVM_MICROVM_VM_H

#include <linux/kvm.h>
#include <stdint.h>

#define VM_SLOTS 8u

/* CR2 of a processor that had no page fault: no address that there could be. */
#define VM_NO_ADDRESS 0x8000000000000000ull

/* Of the guest's code, as long as it runs as it was started. */
#define VM_CODE_SELECTOR 0x33u

enum vm_access { VM_READ, VM_EXECUTE, VM_WRITE };

/* What the guest has at an address. */
struct vm_slot {
	uint64_t at;
	uint64_t bytes;
	uint8_t *host; /* the same bytes here */
	enum vm_access access;
};

struct vm {
	int kvm, machine, processor; /* file descriptors */
	struct kvm_run *run;
	uint32_t slots;
	struct vm_slot slot[VM_SLOTS];
	uint64_t *tables; /* page tables, in memory that the guest has no address for */
	uint32_t tables_used;
	uint32_t tables_max;
};

/* Makes one without memory. Returns 0, or -1 with a sentence in `error`. What is half made goes with the process. */
int vm_create(struct vm *vm, char *error, uint32_t error_bytes);

/*
 * Gives the guest `bytes` (whole pages) of our memory at an address. For VM_READ and VM_EXECUTE it cannot be written: not by its page tables, and not by
 * KVM. Returns 0, or -1 with a sentence in `error`.
 */
int vm_give(struct vm *vm, uint64_t at, void *host, uint64_t bytes, enum vm_access access, char *error, uint32_t error_bytes);

/* Makes the processor: 64 bits, ring 3, at `entry`. Returns 0, or -1 with a sentence in `error`. */
int vm_start(struct vm *vm, uint64_t entry, uint64_t stack, uint64_t thread, char *error, uint32_t error_bytes);

/* Runs the guest until it leaves. Returns 0, or an errno that the guest is the cause of. */
int vm_run(struct vm *vm);

/* Where `bytes` at a guest's address lie here; NULL where they are not all in one slot, or may not be written and are to be. */
void *vm_reach(const struct vm *vm, uint64_t at, uint64_t bytes, enum vm_access access);

#endif
