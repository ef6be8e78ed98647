/* The Internet checksum (RFC 1071), and its change when a field changes (RFC 1624, equation 3). Freestanding. */
#ifndef NETVM_ABI_CHECKSUM_H
#define NETVM_ABI_CHECKSUM_H

#include "bytes.h"

static inline uint16_t netvm_fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* Adds `length` bytes (an odd last one is the high byte of a word) to a sum that is folded later. */
static inline uint64_t netvm_sum(uint64_t sum, const uint8_t *p, uint32_t length)
{
	for (; length >= 2; p += 2, length -= 2)
		sum += netvm_be16(p);
	return length ? sum + ((uint32_t)*p << 8) : sum;
}

/* What replacing a 16-bit word adds to the sum: ~old + new. Several changes may be added up before one update. */
static inline uint64_t netvm_change16(uint32_t old, uint32_t new)
{
	return (~old & 0xffff) + (new & 0xffff);
}

static inline uint64_t netvm_change32(uint32_t old, uint32_t new)
{
	return netvm_change16(old >> 16, new >> 16) + netvm_change16(old, new);
}

/* HC' = ~(~HC + change), in place. */
static inline void netvm_checksum_update(uint8_t *at, uint64_t change)
{
	netvm_put16(at, (uint16_t)~netvm_fold((~(uint32_t)netvm_be16(at) & 0xffff) + change));
}

/* TTL down by one. It is the high byte of its 16-bit word, so the checksum grows by 0x0100, with end-around carry. */
static inline void netvm_ipv4_decrement_ttl(uint8_t *ip)
{
	ip[8]--;
	uint32_t sum = (uint32_t)netvm_be16(ip + 10) + 0x0100u;
	netvm_put16(ip + 10, (sum & 0xffff) + (sum >> 16));
}

#endif
