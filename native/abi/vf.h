/*
 * Ethernet addresses of the emulated SR-IOV data plane, locally administered (IEEE 802 bit 1): the generator behind the wire, then each
 * virtual function. The embedded switch delivers by them (gen/eswitch.c), and an NF on a virtual function sends to the next one's.
 */
#ifndef NETVM_ABI_VF_H
#define NETVM_ABI_VF_H

#include <stdint.h>

#define NETVM_VFS_MAX 16u /* one for each NF of the longest chain */

/* Places that a frame can go to, numbered as the addresses are. */
#define NETVM_PLACE_WIRE 0u
#define NETVM_PLACE_VF(i) (1u + (i))

#define NETVM_PLACES_FIRST_MAC 0x020000000001ull /* 02:00:00:00:00:01, which the generator sends from; virtual function 0 has :02 */

static inline uint64_t netvm_read_mac(const uint8_t *at)
{
	uint64_t mac = 0;
	for (uint32_t i = 0; i < 6; i++)
		mac = mac << 8 | at[i];
	return mac;
}

static inline void netvm_write_mac(uint8_t *at, uint64_t mac)
{
	for (uint32_t i = 0; i < 6; i++)
		at[i] = (uint8_t)(mac >> (40 - 8 * i));
}

/* Which place has that address, of the wire and so many virtual functions; a number above `vfs` where none has. */
static inline uint64_t netvm_place_of(uint64_t mac)
{
	return mac - NETVM_PLACES_FIRST_MAC; /* one below the first wraps round, and is above all */
}

#endif
