/* Numbers in network byte order, at any alignment. Freestanding. */
#ifndef NETVM_ABI_BYTES_H
#define NETVM_ABI_BYTES_H

#include <stdint.h>

static inline uint16_t netvm_be16(const uint8_t *p)
{
	return (uint16_t)((uint16_t)p[0] << 8 | p[1]);
}

static inline uint32_t netvm_be32(const uint8_t *p)
{
	uint32_t v;
	__builtin_memcpy(&v, p, sizeof v);
	return __builtin_bswap32(v);
}

static inline uint64_t netvm_be64(const uint8_t *p)
{
	uint64_t v;
	__builtin_memcpy(&v, p, sizeof v);
	return __builtin_bswap64(v);
}

static inline void netvm_put16(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static inline void netvm_put32(uint8_t *p, uint32_t value)
{
	uint32_t v = __builtin_bswap32(value);
	__builtin_memcpy(p, &v, sizeof v);
}

#endif
