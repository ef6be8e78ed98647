/*
 * A token bucket as its dual, the virtual scheduling of GCRA (ITU-T I.371, annex A): one time instead of a level and a
 * time, nothing to fill up. `full_at` is when the bucket would be full again; it may lie at most the bucket's depth in the
 * future. All times in ticks / 16: a packet at 100 Mpps is some 26 ticks, and whole ticks would be wrong by up to 4 %.
 */
#ifndef NETVM_RATELIMIT_BUCKET_H
#define NETVM_RATELIMIT_BUCKET_H

#include <stdint.h>

#define BUCKET_FRACTION 16u /* 64 bits of it last for years */

struct rate {
	uint64_t a_packet; /* what a packet takes, in ticks / 16; 0: packets are not limited */
	uint64_t a_byte;   /* what a byte takes, in ticks / 16 / 65536; 0: bytes are not limited */
	uint64_t depth;    /* ticks / 16 */
};

struct bucket {
	uint64_t packets_full_at, bytes_full_at;
};

/* packets and bits per second, 0 for no limit; burst in microseconds at that rate. */
static inline struct rate rate_of(uint64_t pps, uint64_t bps, uint64_t burst_us, uint64_t hz)
{
	return (struct rate){
		.a_packet = pps ? hz * BUCKET_FRACTION / pps : 0,
		.a_byte = bps ? (uint64_t)((double)hz * BUCKET_FRACTION * 65536.0 * 8.0 / (double)bps) : 0,
		.depth = (uint64_t)((double)hz * BUCKET_FRACTION * (double)burst_us / 1e6),
	};
}

/* When it would be full again with so much more taken, or 0 where that is more than is in it. */
static inline uint64_t bucket_after(uint64_t full_at, uint64_t take, uint64_t depth, uint64_t now)
{
	uint64_t after = (full_at > now ? full_at : now) + take;
	/* A bucket holds one packet at least, whatever its depth. */
	return after - now <= depth || full_at <= now ? after : 0;
}

/* 1 and takes the tokens where both limits hold, else 0 and takes none. `now` in ticks / 16. */
static inline int bucket_take(struct bucket *b, const struct rate *r, uint32_t bytes, uint64_t now)
{
	uint64_t packets = r->a_packet ? bucket_after(b->packets_full_at, r->a_packet, r->depth, now) : 1;
	uint64_t by_bytes = r->a_byte ? bucket_after(b->bytes_full_at, bytes * r->a_byte >> 16, r->depth, now) : 1;
	if (packets == 0 || by_bytes == 0)
		return 0;
	b->packets_full_at = r->a_packet ? packets : b->packets_full_at;
	b->bytes_full_at = r->a_byte ? by_bytes : b->bytes_full_at;
	return 1;
}

/* Full again: nobody could tell it from a new one. */
static inline int bucket_is_full(const struct bucket *b, uint64_t now)
{
	return b->packets_full_at <= now && b->bytes_full_at <= now;
}

#endif
