/* TCP segments, read, rewritten in place, and made of one another in the same buffer, which cannot grow. */
#ifndef NETVM_TCPPROXY_SEGMENT_H
#define NETVM_TCPPROXY_SEGMENT_H

#include <string.h>

#include "../../abi/checksum.h"
#include "../../abi/flow.h"

#define TCP_FIN 0x01u
#define TCP_SYN 0x02u
#define TCP_RST 0x04u
#define TCP_ACK 0x10u
#define TCP_BYTES 20u
#define TCP_MSS_BYTES 4u /* of the option */

struct segment {
	uint8_t *frame;
	uint32_t length; /* of the frame */
	struct netvm_headers h;
	uint8_t *tcp;
};

/* What a new segment says; its ports are those of the one it is made of. */
struct segment_says {
	uint32_t seq, ack;
	uint16_t window;
	uint16_t mss;   /* 0: no option */
	uint8_t flags;
	uint8_t old_byte; /* carries one byte, which its receiver has already */
};

static inline uint32_t segment_seq(const struct segment *s)
{
	return netvm_be32(s->tcp + 4);
}

static inline uint32_t segment_ack(const struct segment *s)
{
	return netvm_be32(s->tcp + 8);
}

static inline uint8_t segment_flags(const struct segment *s)
{
	return s->tcp[13];
}

static inline uint16_t segment_window(const struct segment *s)
{
	return netvm_be16(s->tcp + 14);
}

/* The TCP header with its options lies within the packet. */
static inline int segment_is_sound(const struct segment *s)
{
	uint32_t header = (s->tcp[12] >> 4) * 4u;
	return header >= TCP_BYTES && s->h.l4 + header <= s->h.end;
}

/* No options of IP: nothing that a new segment would carry on, or carry back. */
static inline int segment_is_plain(const struct segment *s)
{
	return s->h.l4 - s->h.l3 == (s->h.version == 4 ? (int)NETVM_IPV4_MIN_BYTES : (int)NETVM_IPV6_BYTES);
}

/* Moves one of the two numbers, at its offset in the TCP header. */
static inline void segment_shift(const struct segment *s, uint32_t at, uint32_t by)
{
	uint32_t old = netvm_be32(s->tcp + at), now = old + by;
	netvm_put32(s->tcp + at, now);
	netvm_checksum_update(s->tcp + 16, netvm_change32(old, now));
}

/* 1 where the checksums of IP and TCP are right: what is made of a spoilt segment would carry right ones. */
int segment_sums_right(const struct segment *s);

/* The sender's segment size, or 0 where no option says it. */
uint16_t segment_mss(const struct segment *s);

/* Another segment from the same sender to the same receiver; the option and the byte only where the frame has room. Needs a plain one. */
void segment_rewrite(const struct segment *s, struct segment_says says);

/* The same, back to who sent it. */
void segment_turn(const struct segment *s, struct segment_says says);

#endif
