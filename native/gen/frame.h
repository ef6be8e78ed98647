/*
 * The generator's own frames: Ethernet, up to two VLAN tags, IPv4 or IPv6, UDP, and 18 bytes of ours. Flows differ in source
 * address and source port. Everything that a packet does not decide is made before the trial: frame_write copies and adds.
 */
#ifndef NETVM_GEN_FRAME_H
#define NETVM_GEN_FRAME_H

#include <stdint.h>

#define FRAME_CRC_BYTES 4u
#define FRAME_MIN_BYTES 64u /* with CRC, as all frame sizes */
#define FRAME_MAX_BYTES 1518u
#define FRAME_WIRE_OVERHEAD_BYTES 20u /* preamble, delimiter and gap */
#define FRAME_VLANS_MAX 2u
/* Room that a destination must have, whatever the frame's length: whole cache lines are written. */
#define FRAME_ROOM_BYTES 1536u
#define FRAME_HEADER_BYTES 128u

/* What the receiver reads back. Unaligned in the frame: copied, never pointed into. */
struct __attribute__((packed)) frame_payload {
	uint16_t tag; /* of trial and stream, so that no late packet of the one before counts */
	uint64_t sequence;
	uint64_t intended_tsc; /* when this packet's time had come; 0: not stamped */
};
#define FRAME_PAYLOAD_BYTES 18u
_Static_assert(sizeof(struct frame_payload) == FRAME_PAYLOAD_BYTES, "read back as it was written");
_Static_assert(14 + 20 + 8 + FRAME_PAYLOAD_BYTES + FRAME_CRC_BYTES == FRAME_MIN_BYTES, "IPv4 without tags fits 64 bytes");
_Static_assert(14 + 4 * FRAME_VLANS_MAX + 40 + 8 + FRAME_PAYLOAD_BYTES <= FRAME_HEADER_BYTES, "the longest headers fit too");

/* Offsets of a kind of frame; the same for all of its sizes. */
struct frame_layout {
	uint32_t ip_version; /* 4 or 6 */
	uint32_t vlans;
	uint16_t vlan_ids[FRAME_VLANS_MAX]; /* outer first */
	uint32_t ip;
	uint32_t l4;
	uint32_t payload;
	uint32_t source;   /* the 32 bits of the source address in which flows differ */
	uint32_t checksum; /* IPv4: of the header; IPv6: of UDP, which may not go without (RFC 8200, 8.1) */
};

/* One size of a layout. Sums are of 16-bit words as they lie in memory: RFC 1071 holds in any byte order. */
struct frame_template {
	uint8_t header[FRAME_HEADER_BYTES];
	uint32_t length; /* without CRC */
	uint32_t sum;    /* of all that the checksum covers besides flow and payload */
};

/* The bytes in which flows differ, ready to be stored, and their part of the checksum. */
struct frame_flow {
	uint32_t source;
	uint16_t source_port;
	uint16_t sum;
};

/* ip_version: 4 or 6. vlans: 0 to 2 (single tag 802.1Q; two: 802.1ad outside, 802.1Q inside). */
struct frame_layout frame_layout_of(uint32_t ip_version, const uint16_t *vlan_ids, uint32_t vlans);

/* The smallest frame, with CRC, that has room for headers and our 18 bytes. */
uint32_t frame_least_bytes(const struct frame_layout *layout);

/* length: without CRC, at least frame_least_bytes - 4. */
struct frame_template frame_template_of(const struct frame_layout *layout, uint32_t length);

/* Flow `id`; all ids below 3 * 2^30 differ. */
struct frame_flow frame_flow_of(const struct frame_layout *layout, uint32_t id);

/* Sum of a buffer's 16-bit words; what is left of an odd length is padded with 0. */
uint32_t frame_sum(const uint8_t *bytes, uint32_t length);

static inline uint16_t frame_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* As one number whose 16-bit pieces are the payload's words: 2^16 is 1 in this arithmetic. */
static inline uint64_t frame_payload_sum(const struct frame_payload *p)
{
	return (uint64_t)p->tag + (p->sequence & 0xffffffff) + (p->sequence >> 32) + (p->intended_tsc & 0xffffffff) +
	       (p->intended_tsc >> 32);
}

/* Writes the whole frame; `frame` has room for FRAME_ROOM_BYTES. */
static inline void frame_write(const struct frame_layout *layout, const struct frame_template *t, const struct frame_flow *flow,
			       const struct frame_payload *payload, uint8_t *frame)
{
	__builtin_memcpy(frame, t->header, 64);
	if (t->length > 64) {
		__builtin_memcpy(frame + 64, t->header + 64, FRAME_HEADER_BYTES - 64);
		for (uint32_t at = FRAME_HEADER_BYTES; at < t->length; at += 64)
			__builtin_memset(frame + at, 0, 64);
	}
	uint64_t sum = (uint64_t)t->sum + flow->sum;
	uint16_t checksum;
	if (layout->ip_version == 4) {
		checksum = (uint16_t)~frame_fold(sum);
	} else {
		checksum = (uint16_t)~frame_fold(sum + frame_payload_sum(payload));
		if (checksum == 0)
			checksum = 0xffff; /* 0 means none */
	}
	__builtin_memcpy(frame + layout->source, &flow->source, 4);
	__builtin_memcpy(frame + layout->l4, &flow->source_port, 2);
	__builtin_memcpy(frame + layout->checksum, &checksum, 2);
	__builtin_memcpy(frame + layout->payload, payload, FRAME_PAYLOAD_BYTES);
}

#endif
