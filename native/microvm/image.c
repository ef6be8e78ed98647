#define _GNU_SOURCE
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096u
#define HUGE_PAGE (2ul << 20)
#define NO_IMAGE "is no NF's image: expected a file nf-<name>.bin"

static int refuse(char *error, uint32_t error_bytes, const char *file, const char *why)
{
	snprintf(error, error_bytes, "%s: %s", file, why);
	return -1;
}

/* A private copy of the file: who changes it later changes no guest that runs. NULL: with a reason in `fault`. */
static uint8_t *read_whole(const char *file, uint64_t *bytes, const char **fault)
{
	struct stat st;
	uint8_t *copy = NULL;
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0) {
		*fault = strerror(errno);
		return NULL;
	}
	*fault = NO_IMAGE;
	*bytes = (uint64_t)st.st_size;
	if (S_ISREG(st.st_mode) && *bytes >= sizeof(struct microvm_image) && *bytes <= MICROVM_IMAGE_BYTES_MAX) {
		copy = mmap(NULL, *bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (copy == MAP_FAILED || read(fd, copy, *bytes) != (ssize_t)*bytes) {
			*fault = "cannot be read";
			copy = NULL;
		}
	}
	close(fd);
	return copy;
}

static const char *check(const struct microvm_image *h, uint64_t bytes, uint64_t memory_bytes)
{
	const uint64_t room = memory_bytes - (MICROVM_VARIABLES_AT - MICROVM_MEMORY_AT);
	if (h->magic != MICROVM_MAGIC)
		return NO_IMAGE;
	if (h->abi_version != MICROVM_ABI || h->region_abi != NETVM_REGION_ABI)
		return "has another ABI version than netvm-microvm; build both from the same source";
	if (h->code_bytes % PAGE != 0 || h->code_bytes > bytes || h->data_bytes != bytes - h->code_bytes || h->entry < MICROVM_IMAGE_AT ||
	    h->entry - MICROVM_IMAGE_AT >= h->code_bytes)
		return "is damaged: its header does not fit its size";
	if (h->data_bytes > room || h->zero_bytes > room - h->data_bytes)
		return "has more variables than there is memory; see --memory-mb";
	return NULL;
}

/* Huge pages where the kernel has some to give; each is taken when it is first used, and locked then. */
static uint8_t *take_memory(uint64_t bytes)
{
	uint8_t *p = mmap(NULL, bytes + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	p += HUGE_PAGE - (uintptr_t)p % HUGE_PAGE;
	madvise(p, bytes, MADV_HUGEPAGE);
	mlock2(p, bytes, MLOCK_ONFAULT); /* best effort, as in a process */
	return p;
}

int image_load(struct image *image, struct vm *vm, const char *file, uint64_t memory_bytes, char *error, uint32_t error_bytes)
{
	uint64_t bytes = 0;
	const char *fault;
	uint8_t *copy = read_whole(file, &bytes, &fault);
	const struct microvm_image *h = (const struct microvm_image *)copy;
	if (!h || (fault = check(h, bytes, memory_bytes)))
		return refuse(error, error_bytes, file, fault);
	uint8_t *memory = take_memory(memory_bytes);
	if (!memory) {
		snprintf(error, error_bytes, "no memory for a guest of %lu MB; see --memory-mb", memory_bytes >> 20);
		return -1;
	}
	memcpy(memory + (MICROVM_VARIABLES_AT - MICROVM_MEMORY_AT), copy + h->code_bytes, h->data_bytes);
	image->entry = h->entry;
	image->boot = (struct microvm_boot *)(memory + MICROVM_STACK_BYTES);
	image->boot->heap_at = MICROVM_VARIABLES_AT + h->data_bytes + h->zero_bytes;
	image->boot->heap_bytes = MICROVM_MEMORY_AT + memory_bytes - image->boot->heap_at;
	if (vm_give(vm, MICROVM_IMAGE_AT, copy, h->code_bytes, VM_EXECUTE, error, error_bytes) != 0)
		return -1;
	return vm_give(vm, MICROVM_MEMORY_AT, memory, memory_bytes, VM_WRITE, error, error_bytes);
}

int image_arguments(struct image *image, int argc, char *const *argv, char *error, uint32_t error_bytes)
{
	struct microvm_boot *b = image->boot;
	const uint64_t text_at = MICROVM_BOOT_AT + sizeof *b, room = MICROVM_BOOT_BYTES - sizeof *b;
	uint64_t used = 0;
	for (int i = 0; i < argc; i++) {
		uint64_t bytes = strlen(argv[i]) + 1;
		if (i == (int)MICROVM_ARGUMENTS - 1 || bytes > room - used) {
			snprintf(error, error_bytes, "NF options: expected at most %u words and %lu bytes", MICROVM_ARGUMENTS - 1, room);
			return -1;
		}
		memcpy((uint8_t *)(b + 1) + used, argv[i], bytes);
		b->argv[i] = text_at + used;
		used += bytes;
	}
	b->argc = (uint32_t)argc;
	/* The C library finds its thread by the first word of it. */
	*(uint64_t *)b->thread = MICROVM_THREAD_AT;
	return 0;
}
