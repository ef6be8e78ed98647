/*
 * What netvm-microvm and its guest agree on. A guest is an NF and nflib, linked to a flat image of its own (nf-<name>.bin) that runs in ring 3
 * without a kernel: guest virtual address = guest physical address, and mapped are only
 *
 *   image   code and constants              read, execute
 *   memory  stack | this page | variables | heap   read, write
 *   files   that the NF has asked to be mapped  read
 *   region  of the NF's trust domain        read, write
 *
 * What is around them faults: a stack that overflows meets nothing below it. Page tables are no part of any of them.
 */
#ifndef NETVM_MICROVM_GUEST_H
#define NETVM_MICROVM_GUEST_H

#include <stddef.h>
#include <stdint.h>

#include "../abi/region.h"

/* guest/image.ld has the addresses of image and variables, too. */
#define MICROVM_IMAGE_AT 0x400000ull
#define MICROVM_MEMORY_AT 0x10000000ull
#define MICROVM_STACK_BYTES 0x40000u
#define MICROVM_BOOT_BYTES 0x10000u

#define MICROVM_MAGIC 0x4d56494d564f4e31ull
#define MICROVM_ABI 1u
#define MICROVM_IMAGE_BYTES_MAX (16u << 20)
#define MICROVM_MEMORY_MB_MAX 1024u
#define MICROVM_FILES_AT 0x80000000ull
#define MICROVM_FILE_BYTES_MAX (64u << 20) /* from one file's address to the next one's */
#define MICROVM_FILES 4u
#define MICROVM_REGION_AT 0x100000000ull
#define MICROVM_REGION_BYTES_MAX (64ull << 30)
#define MICROVM_BOOT_AT (MICROVM_MEMORY_AT + MICROVM_STACK_BYTES)
#define MICROVM_VARIABLES_AT (MICROVM_BOOT_AT + MICROVM_BOOT_BYTES)
#define MICROVM_ARGUMENTS 64u

/* First of the image. guest/start.c fills it in with what the linker knows. */
struct microvm_image {
	uint64_t magic;
	uint32_t abi_version; /* MICROVM_ABI */
	uint32_t region_abi;  /* NETVM_REGION_ABI */
	uint64_t entry;       /* an address */
	uint64_t code_bytes;  /* of the file, header included: what the guest may read and execute; whole pages */
	uint64_t data_bytes;  /* the rest of the file: first of the variables */
	uint64_t zero_bytes;  /* of variables behind those */
};
_Static_assert(sizeof(struct microvm_image) == 48, "image header layout");

/* A write to this port leaves the guest; what it wants is in the boot page. It may write to no other. */
#define MICROVM_PORT 0x30

enum microvm_number {
	MICROVM_SLEEP = 1, /* argument[0]: word, offset in the region; [1]: limit in ns, 0: not at all */
	MICROVM_YIELD,
	MICROVM_PRINT,     /* [0]: text, [1]: bytes. To standard output */
	MICROVM_RANDOM,    /* [0]: to, [1]: bytes */
	MICROVM_FILE_SIZE, /* [0]: name, [1]: its bytes without a 0. Of the files that NF options name and no others */
	MICROVM_FILE_READ, /* [0], [1] as above, [2]: to, [3]: bytes. Returns how many */
	MICROVM_FILE_MAP,  /* [0], [1] as above. Returns an address */
	MICROVM_REFUSE,    /* [0]: sentence, [1]: bytes, [2]: exit code 2 or 3 */
	MICROVM_EXIT,
};

#define MICROVM_WAKES (NETVM_LINKS + 1)

/* A call. The wakes go with whatever is asked for. */
struct microvm_call {
	uint32_t number; /* enum microvm_number */
	uint32_t wakes;
	uint64_t argument[4];
	int64_t result;               /* or -errno */
	uint64_t wake[MICROVM_WAKES]; /* words, offsets in the region */
};

/* The boot page: netvm-microvm fills it in before the guest starts; then the guest may do with it what it likes. */
struct microvm_boot {
	struct microvm_call call;
	uint64_t region_bytes;
	uint64_t heap_at;
	uint64_t heap_bytes;
	uint64_t tsc_hz;
	uint32_t slot;
	uint32_t pid;
	uint32_t mode; /* enum netvm_nf_mode */
	uint32_t argc;
	uint64_t argv[MICROVM_ARGUMENTS];
	_Alignas(64) uint8_t thread[1024]; /* what the FS base points to: the C library's errno and locale */
	char text[];
};
#define MICROVM_THREAD_AT (MICROVM_BOOT_AT + offsetof(struct microvm_boot, thread))
#define MICROVM_STACK_TOP (MICROVM_BOOT_AT - 8) /* as behind a call */
_Static_assert(sizeof(struct microvm_boot) < MICROVM_BOOT_BYTES / 2, "room for arguments");
#endif
