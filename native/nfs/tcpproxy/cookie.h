/*
 * SYN cookies (RFC 4987, section 3.6): what the proxy would remember of a half-open connection is in the sequence number it answers with. From the
 * lowest bit up: one of the time slot, three of the client's segment size, 28 of a MAC over all of it, the addresses, the ports and the client's number.
 */
#ifndef NETVM_TCPPROXY_COOKIE_H
#define NETVM_TCPPROXY_COOKIE_H

#include "../../abi/flow.h"

#define COOKIE_SLOT_S 32u /* a cookie holds for its slot and the next: 32 to 64 seconds */
#define COOKIE_WORDS 6u
#define COOKIE_MAC 0xfffffff0u

/* The sizes that a cookie can tell apart, ascending; a client's is rounded down to one. */
static const uint16_t cookie_mss[8] = {216, 536, 1024, 1220, 1360, 1440, 1460, 8940};

static inline void siphash_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = (v[1] << 13 | v[1] >> 51) ^ v[0];
	v[3] = (v[3] << 16 | v[3] >> 48) ^ v[2];
	v[0] = v[0] << 32 | v[0] >> 32;
	v[2] += v[1];
	v[0] += v[3];
	v[1] = (v[1] << 17 | v[1] >> 47) ^ v[2];
	v[3] = (v[3] << 21 | v[3] >> 43) ^ v[0];
	v[2] = v[2] << 32 | v[2] >> 32;
}

/* SipHash (Aumasson and Bernstein, 2012) of whole words: so many rounds for each, so many at the end. */
static inline uint64_t siphash(const uint64_t key[2], const uint64_t *words, uint32_t n, uint32_t rounds, uint32_t last_rounds)
{
	uint64_t v[4] = {key[0] ^ 0x736f6d6570736575ull, key[1] ^ 0x646f72616e646f6dull, key[0] ^ 0x6c7967656e657261ull,
			 key[1] ^ 0x7465646279746573ull};
	for (uint32_t i = 0; i <= n; i++) {
		uint64_t word = i < n ? words[i] : (uint64_t)(n * 8 & 0xff) << 56;
		v[3] ^= word;
		for (uint32_t r = 0; r < rounds; r++)
			siphash_round(v);
		v[0] ^= word;
	}
	v[2] ^= 0xff;
	for (uint32_t r = 0; r < last_rounds; r++)
		siphash_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The words of a flow that tell it from others. Returns how many. */
static inline uint32_t cookie_flow_words(const struct netvm_flow *f, uint64_t words[COOKIE_WORDS])
{
	uint32_t n = 0;
	if (f->version == 6) {
		words[n++] = f->src.high;
		words[n++] = f->dst.high;
		words[n++] = f->src.low;
		words[n++] = f->dst.low;
	} else {
		words[n++] = f->src.low << 32 | f->dst.low;
	}
	words[n++] = f->rest;
	return n;
}

static inline uint32_t cookie_of(const uint64_t key[2], const struct netvm_flow *f, uint32_t client_isn, uint32_t mss_index, uint32_t slot)
{
	uint64_t words[COOKIE_WORDS];
	uint32_t n = cookie_flow_words(f, words);
	words[n++] = (uint64_t)client_isn << 32 | (uint64_t)(slot << 3 | mss_index);
	return ((uint32_t)siphash(key, words, n, 2, 4) & COOKIE_MAC) | mss_index << 1 | (slot & 1);
}

/* The index of the segment size in a cookie that was made for this flow in this slot or the one before; -1 where it was not. */
static inline int cookie_check(const uint64_t key[2], const struct netvm_flow *f, uint32_t client_isn, uint32_t cookie, uint32_t slot)
{
	uint32_t made = slot - ((slot ^ cookie) & 1), mss_index = cookie >> 1 & 7;
	return cookie_of(key, f, client_isn, mss_index, made) == cookie ? (int)mss_index : -1;
}

#endif
