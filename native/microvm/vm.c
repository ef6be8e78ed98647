#define _GNU_SOURCE
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest.h"

#define PAGE 0x1000ull
#define HUGE_PAGE 0x200000ull

/* The guest has no virtual address for its page tables, so it cannot write to them; a processor that notes accesses in them can. */
#define TABLES_AT 0x1000ull
#define TABLES_MAX 256u

/*
 * Which ports the guest may write to: a task state segment's permission bitmap, on a page of its own that only the processor itself
 * reads. Anything but ours is a fault.
 */
#define TASK_BITMAP_AT 104u
#define TASK_BYTES (TASK_BITMAP_AT + MICROVM_PORT / 8 + 2)

#define PRESENT 0x1ull
#define WRITABLE 0x2ull
#define USER 0x4ull
#define ACCESSED 0x20ull
#define DIRTY 0x40ull
#define HUGE 0x80ull
#define NO_EXECUTE (1ull << 63)
#define ADDRESS 0x000ffffffffff000ull

/* KVM's own three pages on processors that need them: out of the way of everything else. */
#define TSS_AT 0xfffbd000ul

static int refuse(char *error, uint32_t error_bytes, const char *doing)
{
	snprintf(error, error_bytes, "%s: %s", doing, strerror(errno));
	return -1;
}

static int give_slot(struct vm *vm, uint32_t number, uint64_t at, void *host, uint64_t bytes, int read_only)
{
	struct kvm_userspace_memory_region r = {
		.slot = number,
		.flags = read_only ? KVM_MEM_READONLY : 0,
		.guest_phys_addr = at,
		.memory_size = bytes,
		.userspace_addr = (uint64_t)host,
	};
	return ioctl(vm->machine, KVM_SET_USER_MEMORY_REGION, &r);
}

int vm_create(struct vm *vm, char *error, uint32_t error_bytes)
{
	*vm = (struct vm){.kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC)};
	if (vm->kvm < 0)
		return refuse(error, error_bytes, "/dev/kvm");
	if (ioctl(vm->kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION) {
		snprintf(error, error_bytes, "/dev/kvm: is no KVM of version %d", KVM_API_VERSION);
		return -1;
	}
	vm->machine = ioctl(vm->kvm, KVM_CREATE_VM, 0);
	if (vm->machine < 0)
		return refuse(error, error_bytes, "/dev/kvm: cannot create a virtual machine");
	if (ioctl(vm->machine, KVM_SET_TSS_ADDR, TSS_AT) != 0)
		return refuse(error, error_bytes, "/dev/kvm: KVM_SET_TSS_ADDR");
	vm->tables = mmap(NULL, TABLES_MAX * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (vm->tables == MAP_FAILED || give_slot(vm, 0, TABLES_AT, vm->tables, TABLES_MAX * PAGE, 0) != 0)
		return refuse(error, error_bytes, "/dev/kvm: memory for page tables");
	vm->tables_used = 1;
	return 0;
}

/* The table behind an entry, which is made where there is none. NULL: no more room. */
static uint64_t *next_table(struct vm *vm, uint64_t *entry)
{
	if (!(*entry & PRESENT)) {
		if (vm->tables_used == TABLES_MAX)
			return NULL;
		*entry = (TABLES_AT + vm->tables_used++ * PAGE) | PRESENT | WRITABLE | USER | ACCESSED;
	}
	return (uint64_t *)((uint8_t *)vm->tables + ((*entry & ADDRESS) - TABLES_AT));
}

/* Accessed and dirty from the start: nothing is left for a processor to note. */
static int map(struct vm *vm, uint64_t at, uint64_t end, uint64_t flags)
{
	flags |= PRESENT | ACCESSED | DIRTY;
	while (at < end) {
		uint64_t *table = next_table(vm, &vm->tables[at >> 39 & 511]);
		table = table ? next_table(vm, &table[at >> 30 & 511]) : NULL;
		if (!table)
			return -1;
		if (at % HUGE_PAGE == 0 && end - at >= HUGE_PAGE) {
			table[at >> 21 & 511] = at | flags | HUGE;
			at += HUGE_PAGE;
			continue;
		}
		table = next_table(vm, &table[at >> 21 & 511]);
		if (!table)
			return -1;
		table[at >> 12 & 511] = at | flags;
		at += PAGE;
	}
	return 0;
}

int vm_give(struct vm *vm, uint64_t at, void *host, uint64_t bytes, enum vm_access access, char *error, uint32_t error_bytes)
{
	uint64_t flags = USER | (access == VM_WRITE ? WRITABLE : 0) | (access == VM_EXECUTE ? 0 : NO_EXECUTE);
	if (vm->slots == VM_SLOTS || map(vm, at, at + bytes, flags) != 0) {
		snprintf(error, error_bytes, "no page tables for %lu bytes of a guest's memory", bytes);
		return -1;
	}
	if (give_slot(vm, vm->slots + 1, at, host, bytes, access != VM_WRITE) != 0)
		return refuse(error, error_bytes, "/dev/kvm: cannot give a guest memory");
	vm->slot[vm->slots++] = (struct vm_slot){.at = at, .bytes = bytes, .host = host, .access = access};
	return 0;
}

/* x87, SSE, AVX, AVX-512: what code may use that was built for this machine. Not what must be asked for (AMX). */
#define STATE 0xe7u

static uint64_t our_state(void)
{
	uint32_t low, high;
	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low & STATE;
}

/* Gives the guest's processor all that this one has. `state` is its extended state (XCR0). */
static int describe_processor(struct vm *vm, uint64_t *state)
{
	static struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entry[256];
	} c;
	c.head.nent = 256;
	if (ioctl(vm->kvm, KVM_GET_SUPPORTED_CPUID, &c) != 0)
		return -1;
	*state = 0;
	for (uint32_t i = 0; i < c.head.nent; i++) {
		if (c.entry[i].function == 0xd && c.entry[i].index == 0)
			*state = c.entry[i].eax & STATE;
	}
	return ioctl(vm->processor, KVM_SET_CPUID2, &c);
}

static int set_state(struct vm *vm, uint64_t state)
{
	struct kvm_xcrs x = {.nr_xcrs = 1, .xcrs = {{.xcr = 0, .value = state}}};
	return ioctl(vm->processor, KVM_SET_XCRS, &x);
}

/* Returns its address. */
static uint64_t make_task(struct vm *vm)
{
	uint64_t at = TABLES_AT + vm->tables_used++ * PAGE;
	uint8_t *task = (uint8_t *)vm->tables + (at - TABLES_AT), *bitmap = task + TASK_BITMAP_AT;
	task[102] = TASK_BITMAP_AT;
	memset(bitmap, 0xff, PAGE - TASK_BITMAP_AT);
	bitmap[MICROVM_PORT / 8] &= (uint8_t)~(1u << MICROVM_PORT % 8);
	return map(vm, at, at + PAGE, NO_EXECUTE) == 0 ? at : 0;
}

/* Code and data of ring 3. The descriptors are in the processor alone: nothing ever loads one from a table. */
static int set_segments(struct vm *vm, uint64_t thread)
{
	struct kvm_sregs s;
	if (ioctl(vm->processor, KVM_GET_SREGS, &s) != 0)
		return -1;
	struct kvm_segment code = {.limit = 0xffffffff, .selector = VM_CODE_SELECTOR, .type = 11, .present = 1, .dpl = 3, .s = 1, .l = 1, .g = 1}, data = code;
	data.selector = 0x2b;
	data.type = 3;
	data.l = 0;
	data.db = 1;
	s.cs = code;
	s.ss = s.ds = s.es = s.fs = s.gs = data;
	s.fs.base = thread;
	s.gdt = s.idt = (struct kvm_dtable){0};
	s.tr.base = make_task(vm);
	s.tr.limit = TASK_BYTES - 1;
	if (s.tr.base == 0)
		return -1;
	s.cr0 = 0x80050033; /* PG AM WP NE ET MP PE */
	s.cr2 = VM_NO_ADDRESS;
	s.cr3 = TABLES_AT;
	s.cr4 = 0x40620;    /* OSXSAVE OSXMMEXCPT OSFXSR PAE */
	s.efer = 0xd00;     /* NXE LMA LME; without SCE a system call is an invalid instruction */
	return ioctl(vm->processor, KVM_SET_SREGS, &s);
}

int vm_start(struct vm *vm, uint64_t entry, uint64_t stack, uint64_t thread, char *error, uint32_t error_bytes)
{
	uint64_t state = 0;
	vm->processor = ioctl(vm->machine, KVM_CREATE_VCPU, 0);
	if (vm->processor < 0)
		return refuse(error, error_bytes, "/dev/kvm: cannot create a processor");
	int bytes = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	vm->run = bytes < 0 ? MAP_FAILED : mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, vm->processor, 0);
	if (vm->run == MAP_FAILED)
		return refuse(error, error_bytes, "/dev/kvm: cannot map a processor");
	struct kvm_regs r = {.rip = entry, .rsp = stack, .rflags = 0x2};
	if (describe_processor(vm, &state) != 0)
		return refuse(error, error_bytes, "/dev/kvm: cannot describe a processor");
	if (state != our_state()) {
		snprintf(error, error_bytes, "/dev/kvm: guests have other vector registers than NFs are built for (XCR0 %#lx, not %#lx)", state, our_state());
		return -1;
	}
	if (set_segments(vm, thread) != 0 || set_state(vm, state) != 0 ||
	    ioctl(vm->processor, KVM_SET_REGS, &r) != 0)
		return refuse(error, error_bytes, "/dev/kvm: cannot set a processor up");
	return 0;
}

int vm_run(struct vm *vm)
{
	while (ioctl(vm->processor, KVM_RUN, 0) != 0) {
		if (errno != EINTR)
			return errno;
	}
	return 0;
}

void *vm_reach(const struct vm *vm, uint64_t at, uint64_t bytes, enum vm_access access)
{
	for (uint32_t i = 0; i < vm->slots; i++) {
		const struct vm_slot *s = &vm->slot[i];
		if (at < s->at || at - s->at > s->bytes || bytes > s->bytes - (at - s->at))
			continue;
		return access == VM_WRITE && s->access != VM_WRITE ? NULL : s->host + (at - s->at);
	}
	return NULL;
}
