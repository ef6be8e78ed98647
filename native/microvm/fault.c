#include "fault.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "guest.h"

#define CODE_BYTES 8u

/* Of instructions that ring 3 may not have, or that trap: what they are. The first bytes, behind any prefix. */
static const struct {
	uint8_t bytes[2];
	uint8_t count;
	uint8_t digit; /* 1 + what must stand in the middle of the byte behind (ModRM); 0: anything */
	const char *what;
} known[] = {
	{{0xf4}, 1, 0, "a privileged instruction (hlt)"},
	{{0xfa}, 1, 0, "a privileged instruction (cli)"},
	{{0xfb}, 1, 0, "a privileged instruction (sti)"},
	{{0x0f, 0x01}, 2, 0, "a privileged instruction (of descriptor tables)"},
	{{0x0f, 0x06}, 2, 0, "a privileged instruction (clts)"},
	{{0x0f, 0x08}, 2, 0, "a privileged instruction (invd)"},
	{{0x0f, 0x09}, 2, 0, "a privileged instruction (wbinvd)"},
	{{0x0f, 0x20}, 2, 0, "a privileged instruction (mov from a control register)"},
	{{0x0f, 0x22}, 2, 0, "a privileged instruction (mov to a control register)"},
	{{0x0f, 0x30}, 2, 0, "a privileged instruction (wrmsr)"},
	{{0x0f, 0x32}, 2, 0, "a privileged instruction (rdmsr)"},
	{{0x0f, 0x05}, 2, 0, "a system call, where there is no kernel"},
	{{0x0f, 0x34}, 2, 0, "a system call, where there is no kernel"},
	{{0x0f, 0x0b}, 2, 0, "an invalid instruction (ud2)"},
	{{0xcc}, 1, 0, "a software interrupt"},
	{{0xcd}, 1, 0, "a software interrupt"},
	{{0xf6}, 1, 1 + 6, "a division that overflows or is by zero"},
	{{0xf6}, 1, 1 + 7, "a division that overflows or is by zero"},
	{{0xf7}, 1, 1 + 6, "a division that overflows or is by zero"},
	{{0xf7}, 1, 1 + 7, "a division that overflows or is by zero"},
	{{0xe4}, 1, 0, "I/O on a port that is not its own"},
	{{0xe5}, 1, 0, "I/O on a port that is not its own"},
	{{0xe6}, 1, 0, "I/O on a port that is not its own"},
	{{0xe7}, 1, 0, "I/O on a port that is not its own"},
	{{0xec}, 1, 0, "I/O on a port that is not its own"},
	{{0xed}, 1, 0, "I/O on a port that is not its own"},
	{{0xee}, 1, 0, "I/O on a port that is not its own"},
	{{0xef}, 1, 0, "I/O on a port that is not its own"},
};

static int is_prefix(uint8_t byte)
{
	return (byte & 0xf0) == 0x40 || byte == 0x66 || byte == 0xf2 || byte == 0xf3;
}

static const char *name_of(const uint8_t *code)
{
	uint32_t at = 0;
	while (at < CODE_BYTES - 3 && is_prefix(code[at]))
		at++;
	for (uint32_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (memcmp(code + at, known[i].bytes, known[i].count) == 0 &&
		    (known[i].digit == 0 || (code[at + known[i].count] >> 3 & 7) == known[i].digit - 1))
			return known[i].what;
	}
	return NULL;
}

/* An exception without an address of its own: the instruction says which. */
static void describe_instruction(const struct vm *vm, uint64_t rip, char *reason, uint32_t bytes)
{
	uint8_t code[CODE_BYTES] = {0};
	const uint8_t *there = vm_reach(vm, rip, CODE_BYTES, VM_READ);
	if (there)
		memcpy(code, there, CODE_BYTES);
	const char *name = name_of(code);
	const uint8_t *before = vm_reach(vm, rip - 2, 2, VM_READ);
	if (!name && before && (before[1] == 0xcc || before[0] == 0xcd))
		name = "a software interrupt"; /* a trap: the instruction pointer stands behind it */
	if (name)
		snprintf(reason, bytes, "%s", name);
	else
		snprintf(reason, bytes, "an exception at the instruction %02x %02x %02x %02x", code[0], code[1], code[2], code[3]);
}

static const char *describe_access(const struct vm *vm, uint64_t address, uint64_t rip)
{
	if (address >= MICROVM_MEMORY_AT - MICROVM_STACK_BYTES && address < MICROVM_MEMORY_AT)
		return "its stack has overflowed";
	if (rip == 0 && address == 0)
		return "it went to address 0 (a null pointer, or a system call)";
	if (!vm_reach(vm, address, 1, VM_READ))
		return address == rip ? "it went to an address that it does not have" : "an address that it does not have";
	if (address == rip)
		return "it went to memory that is no code";
	return vm_reach(vm, address, 1, VM_WRITE) ? "an access that is not allowed" : "a write to memory that is read-only";
}

static void describe_reason(const struct vm *vm, uint64_t rip, uint64_t cr2, uint64_t *address, char *reason, uint32_t bytes)
{
	*address = 0;
	switch (vm->run->exit_reason) {
	case KVM_EXIT_SHUTDOWN:
		if (cr2 == VM_NO_ADDRESS) {
			describe_instruction(vm, rip, reason, bytes);
			return;
		}
		*address = cr2;
		snprintf(reason, bytes, "%s", describe_access(vm, cr2, rip));
		return;
	case KVM_EXIT_MMIO:
		*address = vm->run->mmio.phys_addr;
		snprintf(reason, bytes, "%s", vm->run->mmio.is_write ? "a write to memory that it does not have" : "a read of memory that it does not have");
		return;
	case KVM_EXIT_HLT: snprintf(reason, bytes, "a privileged instruction (hlt)"); return;
	case KVM_EXIT_IO: snprintf(reason, bytes, "I/O on a port that is not its own (%#x)", vm->run->io.port); return;
	default: snprintf(reason, bytes, "KVM cannot run it any further (exit reason %u)", vm->run->exit_reason); return;
	}
}

void fault_describe(const struct vm *vm, const char *asked, int error, char *sentence, uint32_t bytes)
{
	struct kvm_regs r = {0};
	struct kvm_sregs s = {.cr2 = VM_NO_ADDRESS, .cs.selector = VM_CODE_SELECTOR};
	char reason[160];
	uint64_t address = 0;
	ioctl(vm->processor, KVM_GET_REGS, &r);
	ioctl(vm->processor, KVM_GET_SREGS, &s);
	if (asked)
		snprintf(reason, sizeof reason, "it %s", asked);
	else if (error != 0)
		snprintf(reason, sizeof reason, "KVM_RUN: %s", strerror(error));
	else if (s.cs.selector != VM_CODE_SELECTOR)
		snprintf(reason, sizeof reason, "an exception of which this KVM keeps nothing"); /* AMD's: the processor was reset */
	else
		describe_reason(vm, r.rip, s.cr2, &address, reason, sizeof reason);
	snprintf(sentence, bytes, "the guest has faulted: %s; rip 0x%llx, address 0x%lx", reason, r.rip, address);
}
