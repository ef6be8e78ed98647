/* The ivshmem devices of a guest, from user space: no driver. */
#ifndef NETVM_GUEST_IVSHMEM_H
#define NETVM_GUEST_IVSHMEM_H

#include <stdint.h>

struct ivshmem {
	void *memory; /* BAR 2 */
	uint64_t bytes;
	volatile uint32_t *doorbell; /* of a device that has one; else NULL */
};

/* Maps the first device with a doorbell, or without one. Returns NULL, or what is wrong. */
const char *ivshmem_open(struct ivshmem *d, int with_doorbell);

#endif
